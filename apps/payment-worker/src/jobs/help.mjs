export const HELP = `Lists and repairs background jobs: refunds and cancelled payments at Stripe, and mails to buyers.

  pnpm jobs list  [--state <state>] [filters] [--limit <n>] [--json]   parked jobs, or those of another state
  pnpm jobs retry <id>… | filters | --all [--json]                     parked jobs become due at once

  --state <state>  parked (given up: needs a person), waiting (due, under way, or put off), done, or all
  --kind <kind>    refund, read-refunds, cancel-payment or mail
  --order <id>     of one order
  --limit <n>      most jobs that are listed (100)
  --json           list: one array; retry: one object

Retrying is safe to repeat: what Stripe did is found before it is done again.
Exit status: 0 done, 1 the database could not be asked, 2 nothing matched, 64 wrong usage, 78 nothing runs here or wrong environment.
Environment: DATABASE_URL; by default that of the running npm start.`;
