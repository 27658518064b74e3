import { ConfigError } from '@ticketing/service-kit/config';
import pg from 'pg';
import { withoutPassword } from './without-password.ts';

/** The oldest whose SQL the migrations keep to. */
const OLDEST_POSTGRES = 15;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Checks that the database at DATABASE_URL answers, and that its role may do what the migrations need. Changes nothing.
 * @throws {ConfigError} one sentence that says what is wrong, and what to do
 */
export async function requireDatabase(databaseUrl: string): Promise<void> {
  const problem = await problemOf(databaseUrl);
  if (problem) throw new ConfigError(`DATABASE_URL (${withoutPassword(databaseUrl)}): ${problem}`);
}

async function problemOf(databaseUrl: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A connection that breaks fails the query under way; unheard, it would end the process as well.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Rights>(RIGHTS);
    return rows[0] && lackOf(rows[0]);
  } catch (error) {
    return connectionProblem(error, databaseUrl);
  } finally {
    await client.end().catch(() => undefined);
  }
}

interface Rights {
  version: number;
  role: string;
  database: string;
  makesRoles: boolean;
  makesSchemas: boolean;
  isReadOnly: boolean;
}

const RIGHTS = `
  select current_setting('server_version_num')::int / 10000 as version,
         current_user as role,
         current_database() as database,
         (select rolsuper or rolcreaterole from pg_roles where rolname = current_user) as "makesRoles",
         has_database_privilege(current_database(), 'create') as "makesSchemas",
         pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean as "isReadOnly"`;

/** What is missing for the migrations; undefined if nothing is. */
export function lackOf({ version, role, database, makesRoles, makesSchemas, isReadOnly }: Rights): string | undefined {
  if (version < OLDEST_POSTGRES) {
    return `the server is Postgres ${version}, and ${OLDEST_POSTGRES} or newer is needed: upgrade it, or use another.`;
  }
  if (isReadOnly) return 'the server is a standby or read-only: use the primary.';
  if (!makesRoles) {
    return (
      `the role ${role} may not create roles, which each service needs one of: use an administrator's URL, or run ` +
      `\`alter role "${role}" createrole\` as one.`
    );
  }
  if (!makesSchemas) {
    return (
      `the role ${role} may not create schemas in the database ${database}: use its owner's or an administrator's URL, ` +
      `or run \`grant create on database "${database}" to "${role}"\` as one.`
    );
  }
  return undefined;
}

/** By the system's code or Postgres' (https://www.postgresql.org/docs/18/errcodes-appendix.html). */
function connectionProblem(error: unknown, databaseUrl: string): string {
  const { username, pathname, hostname, port } = new URL(databaseUrl);
  const [role, database, host] = [username, pathname.slice(1), hostname].map(decodeURIComponent);
  const first = error instanceof AggregateError ? (error.errors[0] as Error) : (error as Error);
  switch (String((first as NodeJS.ErrnoException).code)) {
    case 'ECONNREFUSED':
      return `nothing listens on port ${port || '5432'} of ${host}: start the server, or correct the host and port.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `there is no host ${host}: correct its name.`;
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return unreachable(host);
    case 'ECONNRESET':
      return 'the server closed the connection: is it Postgres that listens there?';
    case '28P01':
      return `the server does not know the role ${role} with this password: correct them (special characters as %xx).`;
    case '28000':
      return `the server does not let the role ${role} in (${first.message}): create the role, or allow it in pg_hba.conf.`;
    case '3D000':
      return `there is no database ${database === '' ? role : database} on the server: create it (createdb), or correct the name.`;
    case '42501':
      return `the role ${role} may not connect to the database ${database}: use an administrator's URL.`;
    case '53300':
      return 'the server has no connections left: raise its max_connections, or end some.';
    case '57P03':
      return 'the server is starting up or shutting down: try again when it is ready.';
    default:
      return otherProblem(first.message, host);
  }
}

function otherProblem(message: string, host: string | undefined): string {
  if (/timeout/i.test(message)) return unreachable(host);
  if (message.includes('password must be a string')) return 'the server asks for a password: put one into the URL.';
  if (message.includes('does not support SSL')) return 'the server does not speak TLS: remove sslmode from the URL.';
  if (message.includes('terminated unexpectedly'))
    return 'the server closed the connection: is it Postgres that listens there?';
  return `the server cannot be used: ${message}.`;
}

const unreachable = (host: string | undefined): string =>
  `${host} did not answer within ${CONNECT_TIMEOUT_MS / 1_000} s: correct the host and port, or look for a firewall.`;
