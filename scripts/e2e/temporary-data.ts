import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryData {
  path: string;
  remove: () => Promise<void>;
}

/** A data folder for one stack. */
export async function temporaryData(): Promise<TemporaryData> {
  const path = await mkdtemp(join(tmpdir(), 'ticketing-e2e-'));
  // Where tests run as root, the database's account has to get through.
  await chmod(path, 0o755);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Process id of the embedded Postgres on a data folder. */
export async function postgresPid(dataDir: string): Promise<number> {
  const [firstLine] = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
  return Number(firstLine);
}

/** Those of the processes that still run. */
export function stillRunning(pids: readonly number[]): number[] {
  return pids.filter((pid) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  });
}
