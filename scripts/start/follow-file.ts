import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';

export interface Following {
  /** Reads what is still to be read, then ends. */
  stop: () => Promise<void>;
}

/** New lines appear this late at most. */
const POLL_MS = 150;
const CHUNK_BYTES = 64 * 1024;

/** Hands over each line that others add to a file, from now on. */
export async function followFile(file: string, onLine: (line: string) => void): Promise<Following> {
  const handle = await open(file, 'r');
  const decoder = new StringDecoder('utf8');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let { size: position } = await handle.stat();
  let unfinished = '';

  const readNew = async () => {
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      const lines = (unfinished + decoder.write(chunk.subarray(0, bytesRead))).split('\n');
      unfinished = lines.pop() ?? '';
      lines.forEach(onLine);
    }
  };

  // One reading after the other, since they share the position.
  let reading: Promise<void> = Promise.resolve();
  const poll = () => (reading = reading.then(readNew).catch(() => undefined));
  const timer = setInterval(() => void poll(), POLL_MS);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await poll();
      if (unfinished) onLine(unfinished);
      await handle.close();
    },
  };
}
