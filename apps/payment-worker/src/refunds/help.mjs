export const HELP = `Shows money that cannot move without you, and carries out what you decide: refunds that failed at Stripe, at once or
days later, or that were given up, and payments whose cancellation was given up.

  npm run refunds -- list [--limit <n>] [--json]
  npm run refunds -- retry <id>… | --all                 ask Stripe again
  npm run refunds -- settle-elsewhere <id>… --note "…"   the money went back in another way, or, of a cancellation, the
                                                         payment can never succeed: Stripe is not asked again

  --note <text>  what was done instead, such as "bank transfer of May 3"
  --by <name>    who decides, kept with the note (the name of this machine's user)
  --limit <n>    most that are listed (100)
  --json         list: one array, with amounts in minor units, as amountMinor (4500 is EUR 45.00); else: one object

Every decision is kept with its time, name and note in orders.interventions.
Exit status: 0 done, 1 the database could not be asked, 2 nothing matched, 64 wrong usage, 78 nothing runs here or wrong environment.
Environment: DATABASE_URL; by default that of the running npm start.`;
