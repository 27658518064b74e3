import { mkdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { RUNNING, writeWhole } from './data-folder/names.ts';

const Running = z.object({
  pid: z.int(),
  /** Set once everything is ready. */
  stack: z
    .object({
      url: z.string(),
      stripeUrl: z.string(),
      /** Without user and password: those are in secrets.json. */
      databaseUrl: z.string(),
      /** Whether it is the embedded server's, whose administrator's password is kept in the data folder. */
      isDatabaseOwn: z.boolean().optional(),
      kafkaBrokers: z.string().optional(),
      /** Without user and password. */
      redisUrl: z.string().optional(),
    })
    .optional(),
});
export type Running = z.infer<typeof Running>;

/** Only one `npm start` at a time may use a data folder. */
export class InUseError extends Error {
  override name = 'InUseError';
}

export interface Claim {
  /** Tells others (`pnpm admin`, say) where things are. */
  announce: (stack: NonNullable<Running['stack']>) => Promise<void>;
  release: () => Promise<void>;
}

/**
 * Takes a data folder for this process, until released or until it dies. One that was not there is made, and gone again
 * if it is empty then.
 * @throws {InUseError} when another one has it
 */
export async function claim(dataDir: string): Promise<Claim> {
  const file = join(dataDir, RUNNING);
  const made = await makeFolder(dataDir);
  const release = async () => {
    await rm(file, { force: true });
    if (made) await removeEmpty(dataDir, made);
  };
  for (let attempt = 1; ; attempt++) {
    try {
      await writeFile(file, JSON.stringify({ pid: process.pid }), { flag: 'wx', mode: 0o600 });
      break;
    } catch (error) {
      const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
      // A full disk leaves a file without its content.
      if (!isThere) await release().catch(() => undefined);
      if (!isThere || attempt === MAX_ATTEMPTS) throw error;
    }
    const running = await readRunning(dataDir);
    if (running) throw new InUseError(`Another npm start (process ${running.pid}) is running on ${dataDir}.`);
    await rm(file, { force: true });
  }
  return {
    announce: async (stack) => {
      await writeWhole(file, `${JSON.stringify({ pid: process.pid, stack }, null, 2)}\n`);
    },
    release,
  };
}

/** What runs on a data folder now. What a killed process left behind does not count. */
export async function readRunning(dataDir: string): Promise<Running | undefined> {
  try {
    const running = Running.parse(JSON.parse(await readFile(join(dataDir, RUNNING), 'utf8')));
    return (await isStart(running.pid)) ? running : undefined;
  } catch (error) {
    const isTorn = error instanceof SyntaxError || error instanceof z.ZodError;
    if (isTorn || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes a folder and those above it; returns the topmost that was made. Node's own way never ends in /proc, for one. */
async function makeFolder(path: string): Promise<string | undefined> {
  try {
    await mkdir(path);
    return path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await isFolder(path))) return undefined;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
  }
  const top = await makeFolder(dirname(path));
  await mkdir(path);
  return top ?? path;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** Removes a folder, and those above it up to `top`, unless something is in them. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  const isRemoved = await rmdir(folder).then(
    () => true,
    () => false,
  );
  if (isRemoved && folder !== top) await removeEmpty(dirname(folder), top);
}

const MAX_ATTEMPTS = 3;

/** Whether the process lives and is one of ours: its number may have gone to another one since. */
async function isStart(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // Where there is no /proc, the number has to do.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'start.ts');
  return command.includes('start.ts');
}
