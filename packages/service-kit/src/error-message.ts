/**
 * What went wrong, for a person. A refused connection comes as an AggregateError without a message, and Prisma's messages
 * begin with the call that failed: what happened is in their last line.
 */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  if (!(error instanceof Error)) return String(error);
  if (!error.name.startsWith('Prisma')) return error.message;
  return error.message.trim().split('\n').at(-1) ?? error.message;
}
