export const HELP = `Brings the database up to date: login roles, migrations of every schema, grants.

  pnpm migrate [--json] [--root <folder>]          apply what is missing
  pnpm migrate status [--json] [--root <folder>]   say what is applied and what is not; exit status 1 if anything is not

  --json   one JSON object a line (status: one array)
  --root   where apps/ and packages/ are, if not in this repository

Environment: DATABASE_URL of a role that may create roles and schemas; the passwords that the services' roles get, in
GATEWAY_DB_PASSWORD, EVENTS_DB_PASSWORD, ORDERS_DB_PASSWORD, WORKER_DB_PASSWORD (status needs none of them). By default
those of the running npm start.
Exit status: 0 done, 1 failed, or of status: something is missing; 64 wrong usage, 78 nothing runs here or wrong environment.`;
