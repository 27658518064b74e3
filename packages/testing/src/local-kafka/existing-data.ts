import { join } from 'node:path';
import { DataError } from '../data-error.ts';
import { namesIn } from '../local-server/data-folder.ts';

/**
 * Whether there are topics in the broker's log folder; false when there is nothing, or an empty folder.
 *
 * @throws {DataError} when there is something else, which is not to be replaced.
 */
export async function holdsTopics(logDir: string): Promise<boolean> {
  const names = await namesIn(logDir, 'where Kafka keeps its topics');
  if (names.length === 0) return false;
  if (names.includes('meta.properties')) return true;
  throw new DataError(
    `${join(logDir, 'meta.properties')} is missing, but the folder is not empty: it may hold payments that are not ` +
      'settled yet, and is not replaced.',
  );
}
