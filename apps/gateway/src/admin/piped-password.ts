import { once } from 'node:events';
import { fstatSync } from 'node:fs';

/** A pipe that stays open and silent, as some programs leave it to those that they start, carries no password. */
const STDIN_TIMEOUT_MS = 5_000;
const MAX_PASSWORD_BYTES = 1_000;

/** The first line of what is piped in. A terminal, or nothing, is no password: undefined. */
export async function readPipedPassword(): Promise<string | undefined> {
  const { stdin } = process;
  if (stdin.isTTY || !isPiped()) return undefined;
  let text = '';
  const timer = setTimeout(() => stdin.destroy(), STDIN_TIMEOUT_MS);
  stdin.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    if (text.includes('\n') || text.length > MAX_PASSWORD_BYTES) stdin.destroy();
  });
  await once(stdin, 'close');
  clearTimeout(timer);
  const [line = ''] = text.split(/\r?\n/, 1);
  return line === '' ? undefined : line;
}

/** Whether standard input is a pipe or a file, rather than /dev/null or closed. */
function isPiped(): boolean {
  try {
    const input = fstatSync(0);
    return input.isFIFO() || input.isFile() || input.isSocket();
  } catch {
    return false;
  }
}
