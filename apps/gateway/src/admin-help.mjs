export const HELP = `Makes admin accounts. There is no other way to become an admin.

  admin create <email> [--name <name>] [--promote] [--json]

  --name <name>  how the admin is called; "Admin" by default
  --promote      makes an account that exists an admin; its password stays
  --json         one JSON object instead of sentences

The password is read from standard input if something is piped in within 5 s;
otherwise one is made and shown, once. DATABASE_URL says which database.`;
