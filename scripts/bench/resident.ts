import { readFile } from 'node:fs/promises';
import { runCaptured } from '../run/program.ts';

/** Memory that a process keeps in RAM, in MB of 2^20 bytes: what a container's limit counts, and the Node binary's own pages. */
export async function residentMb(pid: number): Promise<number> {
  const kb = await readKb(pid);
  if (!Number.isFinite(kb) || kb === 0) throw new Error(`Nothing is known of the memory of process ${pid}`);
  return kb / 1024;
}

async function readKb(pid: number): Promise<number> {
  if (process.platform === 'linux') {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
  }
  const { out } = await runCaptured('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(out.trim());
}
