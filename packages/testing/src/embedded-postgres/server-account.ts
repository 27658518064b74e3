import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What to spawn the server's programs as: empty for "as ourselves". */
export interface ServerAccount {
  uid?: number;
  gid?: number;
}

/**
 * The account for the server. Postgres refuses to run as root, so root gets the user `postgres`, which is made when
 * it is missing; anyone else runs the server as themselves.
 */
export async function serverAccount(): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return {};
  return (await lookUp()) ?? (await create());
}

/** Whether the account may pass through and list `directory`: asked of the system, so ACLs count too. */
export async function canEnter(directory: string, account: ServerAccount): Promise<boolean> {
  return run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], { ...account, cwd: '/' }).then(
    () => true,
    () => false,
  );
}

async function lookUp(): Promise<ServerAccount | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

async function create(): Promise<ServerAccount> {
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  } catch (cause) {
    // Two processes may try at the same time; the loser finds the user made.
    const made = await lookUp();
    if (made) return made;
    throw new Error(
      'Postgres will not run as root, and the user "postgres" could not be made: run as an ordinary user, ' +
        'or set DATABASE_URL to a Postgres of your own.',
      { cause },
    );
  }
  const made = await lookUp();
  if (!made) throw new Error('The user "postgres" was made but cannot be looked up.');
  return made;
}
