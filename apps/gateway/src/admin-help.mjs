export const HELP = `Makes administrators and organizers, and approves organizers who wait for it. There is no other way to become an admin.

  pnpm admin create <email> [--organizer] [--name <name>] [--promote] [--json]
  pnpm admin list [--waiting] [--limit <n>] [--json]   admins and organizers, and who waits to be one, those first
  pnpm admin approve <email> [--json]                  who registered as an organizer, and waits, becomes one
  pnpm admin revoke <email> [--json]                   who is an organizer, or waits, becomes a customer

  --organizer    makes an organizer, approved, instead of an admin
  --name <name>  how they are called ("Admin", "Organizer")
  --promote      makes it of an account that exists; its password stays
  --waiting      only those who wait for approval
  --limit <n>    most accounts that are listed (100)
  --json         one JSON object instead of sentences; list: one array

create reads the password from standard input if something is piped in within 5 s; otherwise one is made and shown, once.
Rights are in access tokens: what changes counts from the next refresh or sign-in on, within 15 minutes. Events of a revoked
organizer stay on sale. Approving and revoking are safe to repeat.
Exit status (docs/operating.md): 0 done, 1 failed, 2 nothing matched, 64 wrong usage, 78 nothing runs here or wrong environment.
Environment: DATABASE_URL of the gateway's role; by default that of the running npm start.`;
