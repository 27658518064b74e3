export const HELP = `Asks Stripe about payments that were started, and refunds that are under way, of which nothing was heard for a while; then
goes through what Stripe has (events, payment intents, refunds, disputes) since the last time, and settles whatever the
database does not know. Payments of orders that are unknown are kept: see pnpm dlq list. The worker does the same by
itself, every ten minutes. Safe to repeat.

  pnpm reconcile [--since <time>] [--older-than <seconds>] [--limit <n>] [--json]

  --since <time>          go through what was made since: 2026-11-22T10:00:00Z, 2026-11-22, or so long ago: 90m, 36h, 3d.
                          After a restore: the time of the backup. Stripe has events of the last 30 days
  --older-than <seconds>  started, and not asked about, for so long (120)
  --limit <n>             most payments, and most refunds, that are asked about (100)
  --json                  one JSON object instead of sentences

Exit status: 0 done, 1 Stripe could not be asked about some, 64 wrong usage, 78 nothing runs here or wrong environment.
Environment: DATABASE_URL, STRIPE_SECRET_KEY, STRIPE_API_BASE, STRIPE_MAX_RPS; by default those of the running npm start.`;
