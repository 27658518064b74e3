import { readdir } from 'node:fs/promises';
import { DataError } from '../data-error.ts';
import { reasonOf } from '../file-fault.ts';

/**
 * Names in a server's folder; none when it does not exist. `purpose` is for the message: `where Kafka keeps its topics`.
 *
 * @throws {DataError} when it is no folder, or cannot be read.
 */
export async function namesIn(folder: string, purpose: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new DataError(`${folder}, ${purpose}, cannot be read: ${reasonOf(cause)}.`, { cause });
  }
}
