import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { UsageError } from '@ticketing/service-kit/command-line';

/** A pipe that stays open and silent, as some programs leave it to those that they start, carries no password. */
const STDIN_TIMEOUT_MS = 5_000;
const MAX_PASSWORD_BYTES = 1_000;

/** The first line of what is piped in. A terminal, or nothing, is no password: undefined. @throws {UsageError} */
export async function readPipedPassword(): Promise<string | undefined> {
  const { stdin } = process;
  if (stdin.isTTY || !isPiped()) return undefined;
  const parts: Buffer[] = [];
  const timer = setTimeout(() => stdin.destroy(), STDIN_TIMEOUT_MS);
  stdin.on('data', (part: Buffer) => {
    parts.push(part);
    const length = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (part.includes('\n') || length > MAX_PASSWORD_BYTES) stdin.destroy();
  });
  await once(stdin, 'close');
  clearTimeout(timer);
  const piped = Buffer.concat(parts);
  const end = piped.indexOf('\n');
  const line = decoded(end === -1 ? piped : piped.subarray(0, end)).replace(/\r$/, '');
  return line === '' ? undefined : line;
}

/** Bytes that are not UTF-8 would all become the same character: passwords that differ would be one. */
function decoded(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new UsageError('The password must be UTF-8.');
  return bytes.toString();
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
