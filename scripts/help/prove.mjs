export const HELP = `Proves that nothing is lost and no seat is sold twice: an on-sale under faults, and a checker that knows nothing of the code.

  pnpm prove                       a minute of sale in the full mode
  pnpm prove --mode standalone     without Kafka, Redis and the worker
  pnpm prove --seed 42             the same people and the same faults again, as far as processes allow
  pnpm prove --minutes 180         one sale after the other on the same shop, for so long
  pnpm prove --seconds 20          length of a sale (60)
  pnpm prove --buyers 4000         in each sale (30 for each second)
  pnpm prove --no-faults           only the people
  pnpm prove --json                the verdict as JSON on stdout; progress goes to stderr
  pnpm prove --mutants             checks the checker: breaks the code in several ways, each of which it has to notice
  pnpm prove --mutants <name> …    only these

Starts its own Postgres, Kafka and Redis on this machine and removes all of it. Histories and logs stay in .data/prove/ when
something is found, or with --keep. Exit status: 0 if nothing is wrong, 1 with all that is.`;
