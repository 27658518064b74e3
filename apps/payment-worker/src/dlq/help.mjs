export const HELP = `Lists and repairs payment reports that could not settle: the dead-letter topics payment.*.dlq, and the reports that
were rejected where they were settled without Kafka (source "database").

  pnpm dlq list    [filters] [--handled] [--json]          what is open; --handled: what was replayed or discarded, too
  pnpm dlq show    <id>… [--json]                          all that is in a dead letter, without secrets
  pnpm dlq replay  <id>… | filters | --all [--dry-run] [--json]   put into its topic, or settled, again
  pnpm dlq discard <id>… | filters | --all [--dry-run] [--json]   not to be listed any more
  pnpm dlq refund  <id>… | filters [--note <text>] [--by <name>] [--dry-run] [--json]   sent back at Stripe, all of it:
                                                          payments with the code UNKNOWN_ORDER or AMOUNT_MISMATCH

  <id>             topic/partition/offset as listed, or the id of Stripe's event (evt_…)
  --topic <topic>  payment.succeeded, payment.failed, payment.refunded or payment.disputed, with or without .dlq
  --code <code>    TOMBSTONE, MALFORMED_JSON, WRONG_SCHEMA, UNKNOWN_ORDER, AMOUNT_MISMATCH, RETRIES_EXHAUSTED
  --order <id>     of one order
  --since <time>   given up since: 2026-11-22T10:00:00Z, 2026-11-22, or so long ago: 90s, 30m, 2h, 7d
  --until <time>   given up until
  --dry-run        say what would be done, and do nothing
  --note <text>    refund: why; kept, with --by <name> (the name of this machine's user), in orders.interventions
  --json           list and show: one array; replay, discard and refund: one object a line, with "result"

Replaying is safe to repeat: what was settled stays settled. So is refunding: a payment goes back once.
--json has amounts in minor units, as amountMinor: 4500 is EUR 45.00.
Exit status: 0 done, 1 something failed, 2 nothing matched (or an id did not), 64 wrong usage, 78 nothing runs here or wrong environment.
Environment: KAFKA_BROKERS, DATABASE_URL, or one of them; refund also needs STRIPE_SECRET_KEY (and
STRIPE_API_BASE, STRIPE_MAX_RPS). By default those of the running npm start.`;
