import { readdir } from 'node:fs/promises';
import { DataError } from '../data-error.ts';

/**
 * Names in a server's folder; none when it does not exist. `purpose` is for the message: `where Kafka keeps its topics`.
 *
 * @throws {DataError} when it is no folder, or cannot be read.
 */
export async function namesIn(folder: string, purpose: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new DataError(`${folder}, ${purpose}, cannot be read: ${message}.`, { cause });
  }
}
