import { realpath } from 'node:fs/promises';
import { stopLeftover as stopPostgres } from '@ticketing/testing/embedded-postgres/postmaster';
import { stopLeftover } from '@ticketing/testing/local-server/leftover';
import { dataPaths } from './data-folder/names.ts';

/** Stops servers that a killed start left behind: they would go on writing to a folder that is emptied. */
export async function stopLeftovers(dataDir: string): Promise<void> {
  const { postgres, kafka, redis } = dataPaths(dataDir);
  // It runs on the folder that a link leads to.
  const real = await realpath(postgres).catch(() => postgres);
  await Promise.all([stopPostgres(real), stopLeftover(kafka), stopLeftover(redis)]);
}
