import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type pg from 'pg';

/** The login role of each app. They exist once per server, whatever databases it has. */
export const ROLES = {
  gateway: 'ticketing_gateway',
  events: 'ticketing_events',
  orders: 'ticketing_orders',
  worker: 'ticketing_worker',
} as const;
export type App = keyof typeof ROLES;
export const APPS = Object.keys(ROLES) as App[];
export type RolePasswords = Record<App, string>;

/** The address of the same database as `adminUrl`, for the login role of one app. */
export function roleUrl(adminUrl: string, app: App, password: string): string {
  const url = new URL(adminUrl);
  url.username = ROLES[app];
  url.password = encodeURIComponent(password);
  return url.href;
}

/**
 * Creates the login roles that are missing and sets every password. The roles own nothing and may nothing but what the
 * owners grant. Safe to run from several processes at once, also in different databases of one server.
 */
export async function createRoles(
  client: pg.Client,
  passwords: RolePasswords,
  onCreated?: (role: string) => void,
): Promise<void> {
  for (const app of APPS) {
    const role = ROLES[app];
    const verifier = client.escapeLiteral(await scramVerifier(passwords[app]));
    await persist(async () => {
      const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
      if (rowCount) {
        await client.query(`alter role ${role} login password ${verifier}`);
      } else {
        await client.query(
          `create role ${role} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password ${verifier}`,
        );
        onCreated?.(role);
      }
    });
  }
}

/** How often a role is tried again that another process is changing; each try is a few milliseconds. */
const ROLE_ATTEMPTS = 50;

/**
 * Roles belong to the whole server, and advisory locks to one database, so processes in different databases do meet
 * here: then PostgreSQL answers with one of these, and the next try finds what the other one did.
 */
const MET_ANOTHER = { duplicate: ['42710', '23505'], concurrent: 'tuple concurrently updated' };

async function persist(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      const { code = '', message } = error as pg.DatabaseError;
      const metAnother = MET_ANOTHER.duplicate.includes(code) || message.includes(MET_ANOTHER.concurrent);
      if (!metAnother || attempt === ROLE_ATTEMPTS) throw error;
    }
  }
}

/**
 * What PostgreSQL stores for a password (RFC 5803), computed here so that the password itself never reaches the
 * server's log, as `\password` of psql does.
 */
async function scramVerifier(password: string): Promise<string> {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = await promisify(pbkdf2)(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  const key = (name: string) => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(key('Client Key')).digest('base64');
  const serverKey = key('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
