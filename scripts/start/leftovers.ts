import { join } from 'node:path';
import { stopLeftover as stopPostgres } from '@ticketing/testing/embedded-postgres/postmaster';
import { stopLeftover } from '@ticketing/testing/local-server/leftover';

/** Stops servers that a killed start left behind: they would go on writing to a folder that is emptied. */
export async function stopLeftovers(dataDir: string): Promise<void> {
  await Promise.all([
    stopPostgres(join(dataDir, 'postgres')),
    stopLeftover(join(dataDir, 'kafka')),
    stopLeftover(join(dataDir, 'redis')),
  ]);
}
