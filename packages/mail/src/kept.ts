/** A shop has few time zones and currencies. */
const MAX_KEPT = 64;

/** Keeps what `make` makes of a key: a formatter of Intl's takes much longer to make than to use. */
export function kept<Made>(make: (key: string) => Made): (key: string) => Made {
  const made = new Map<string, Made>();
  return (key) => {
    const before = made.get(key);
    if (before !== undefined) return before;
    if (made.size >= MAX_KEPT) made.clear();
    const fresh = make(key);
    made.set(key, fresh);
    return fresh;
  };
}
