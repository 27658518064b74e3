/** A value that must be there; where it is not, an assumption of ours is broken. */
export function present<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Error('A value that must be there is missing');
  return value;
}
