import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { runCaptured } from '../../run/program.ts';
import type { Figure } from '../row.ts';
import type { ClientTask } from './transactions.ts';

/** Runs a transaction with pgbench, prepared; the time that connecting takes is not counted. */
export async function runPgbench(
  { url, clients, transaction, extent }: ClientTask,
  { pgbench, signal, folder }: { pgbench: string; signal: AbortSignal; folder: string },
): Promise<Figure> {
  const each = 'seconds' in extent ? undefined : extent.transactions / clients;
  if (each !== undefined && !Number.isInteger(each)) throw new Error(`${clients} clients can't share them evenly`);
  const { random = {}, counter, statements } = transaction;
  const script = [
    ...Object.entries(random).map(([name, upTo]) => `\\set ${name} random(1, ${upTo})`),
    ...(counter === undefined ? [] : ['\\set done :done + 1', `\\set ${counter} :client_id * ${each ?? 0} + :done`]),
    ...statements.map((statement) => `${statement};`),
  ].join('\n');
  const file = join(folder, `${randomUUID()}.sql`);
  await writeFile(file, `${script}\n`);
  const { username, password, hostname, port, pathname } = new URL(url);
  const { out, err, status } = await runCaptured(
    pgbench,
    [
      ...['--no-vacuum', '--protocol=prepared', '--define=done=0', `--file=${file}`],
      ...[`--client=${clients}`, `--jobs=${Math.min(clients, availableParallelism())}`],
      ...('seconds' in extent ? [`--time=${extent.seconds}`] : [`--transactions=${each}`]),
    ],
    {
      env: {
        ...{ PGHOST: hostname, PGPORT: port, PGDATABASE: pathname.slice(1) },
        ...{ PGUSER: username, PGPASSWORD: decodeURIComponent(password) },
      },
      signal,
    },
  );
  await rm(file, { force: true });
  const perSecond = /^tps = ([\d.]+) \(without initial connection time\)/m.exec(out)?.[1];
  const failed = /^number of failed transactions: (\d+)/m.exec(out)?.[1] ?? '0';
  if (status !== 0 || perSecond === undefined || failed !== '0')
    throw new Error(`pgbench failed: ${err.trim()}\n${out}`);
  return { perSecond: Number(perSecond) };
}
