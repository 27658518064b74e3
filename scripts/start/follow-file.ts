import { copyFile, open, rm, truncate } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';

export interface Following {
  /** Reads what is still to be read, then ends. */
  stop: () => Promise<void>;
}

/** New lines appear this late at most. */
const POLL_MS = 150;
const CHUNK_BYTES = 64 * 1024;

/**
 * Hands over each line that others add to a file, from now on. A file that has grown beyond `maxBytes` is emptied, and what
 * was in it goes to a second one, `<file>.1`, in place of what was there: the two have at least the last `maxBytes`.
 */
export async function followFile(
  file: string,
  onLine: (line: string) => void,
  maxBytes = Infinity,
): Promise<Following> {
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

  /** Those who write have the file open, so it has to stay, and is emptied: they add to its end, wherever that is. */
  const empty = async () => {
    const older = `${file}.1`;
    // On a full disk, it is more important that the file ends to grow.
    await copyFile(file, older).catch(() => rm(older, { force: true }));
    // What is written while it is copied is shown, though not kept; what comes before the next line ends, is neither.
    await readNew();
    await truncate(file, 0);
    position = 0;
  };

  // One reading after the other, since they share the position.
  let reading: Promise<void> = Promise.resolve();
  const poll = () =>
    (reading = reading
      .then(readNew)
      .then(() => (position > maxBytes ? empty() : undefined))
      .catch(() => undefined));
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
