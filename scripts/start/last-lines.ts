export interface LastLines {
  add: (line: string) => void;
  /** Oldest first. */
  all: () => string[];
}

const KEPT_LINES = 15;

/** Keeps the last lines that a process wrote, for when it ends by itself. */
export function lastLines(): LastLines {
  const kept: string[] = [];
  return {
    add: (line) => {
      kept.push(line);
      if (kept.length > KEPT_LINES) kept.shift();
    },
    all: () => [...kept],
  };
}
