/** An advisory about a dependency that we live with for a while. */
export interface Accepted {
  /** Why it does not concern us, or what keeps us from updating. */
  reason: string;
  /** Day from which it counts again: `2027-01-31`. */
  until: string;
}

/** By GitHub's id: `GHSA-…`. */
export const ACCEPTED: Record<string, Accepted> = {};
