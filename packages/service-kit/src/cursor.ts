import { invalidInput } from './problem.ts';

/** An opaque cursor: the sort key of the last row of a page. */
export function encodeCursor(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * The sort key in a cursor; `isKey` tells whether its parts are of the right kind.
 * It throws VALIDATION_FAILED for anything that `encodeCursor` did not make.
 */
export function decodeCursor(cursor: string, isKey: (key: string[]) => boolean): string[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(key) && key.every((part) => typeof part === 'string') && isKey(key)) return key;
  } catch {
    // Not JSON: refused like any other cursor that is not ours.
  }
  throw invalidInput([{ path: 'cursor', message: 'must be the nextCursor of a page before' }]);
}
