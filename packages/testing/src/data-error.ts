/**
 * A server's folder is not as the server left it, and may hold data: nothing was changed. The message says what is wrong
 * with which path; the way out is for the caller to add, who knows what there is to restore or to lose.
 */
export class DataError extends Error {
  override name = 'DataError';
}
