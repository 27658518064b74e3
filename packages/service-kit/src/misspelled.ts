/**
 * Variables of the environment that are probably meant to be others: not known, and but a letter or two away from one that
 * is not set. Short names are too often near each other by chance.
 */
export function misspelledVariables(known: string[], env: NodeJS.ProcessEnv): { given: string; meant: string }[] {
  const unset = known.filter((name) => !env[name]?.trim());
  return Object.keys(env).flatMap((given) => {
    if (known.includes(given) || given.length < MIN_LENGTH || !given.includes('_')) return [];
    const meant = unset.find((name) => distance(given.toUpperCase(), name, MAX_DISTANCE) <= MAX_DISTANCE);
    return meant === undefined ? [] : [{ given, meant }];
  });
}

const MIN_LENGTH = 8;
const MAX_DISTANCE = 2;

/** How many letters have to be added, left out or changed (Levenshtein); more than `limit` may be less than it is. */
function distance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) > limit) return limit + 1;
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [line, letter] of Array.from(from).entries()) {
    const next = [line + 1];
    for (const [column, other] of Array.from(to).entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
