/** Chance that comes out the same for the same seed. */
export interface Random {
  /** 0 to below 1. */
  next: () => number;
  /** A whole number from `min` to `max`, both included. */
  between: (min: number, max: number) => number;
  /** True with this probability. */
  chance: (probability: number) => boolean;
  pick: <Item>(items: readonly Item[]) => Item;
  /** One of the names, as often as its weight says. */
  weighted: <Name extends string>(weights: Readonly<Partial<Record<Name, number>>>) => Name;
  /** A stream of its own for a part of the work, so that one part's drawing does not change another's. */
  fork: (name: string) => Random;
}

/** Deterministic randomness: mulberry32 over a hash of the seed (https://github.com/bryc/code/blob/master/jshash/PRNGs.md). */
export function createRandom(seed: string): Random {
  let state = hash(seed);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (items) => {
      const [first] = items;
      if (first === undefined) throw new Error('There is nothing to pick from');
      return items[between(0, items.length - 1)] ?? first;
    },
    weighted: (weights) => {
      const entries = Object.entries(weights as Record<string, number>) as [keyof typeof weights, number][];
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      const found = entries.find(([, weight]) => (left -= weight) < 0) ?? entries.at(-1);
      if (!found) throw new Error('There is nothing to pick from');
      return found[0];
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}

/** FNV-1a, then stirred, so that seeds that differ little give streams that differ much. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}
