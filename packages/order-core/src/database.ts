import { PrismaPg } from '@prisma/adapter-pg';
import { openPool } from '@ticketing/service-kit/postgres';
import type pg from 'pg';
import { PrismaClient } from './generated/prisma/client.ts';

/** The `orders` schema: `pool` for holding and settling, `prisma` for ordinary reads; both share the connections. */
export interface OrdersDatabase {
  pool: pg.Pool;
  prisma: PrismaClient;
  close: () => Promise<void>;
}

export interface OrdersDatabaseOptions {
  url: string;
  poolSize: number;
  applicationName: string;
  onIdleError?: (error: Error) => void;
}

/**
 * Every statement of ours has an index. Without this, foreign-key checks that are planned while a table is small scan it
 * as a whole, and go on doing so while it grows: in the first minutes of a new shop's first on-sale.
 */
const SETTINGS = {
  enable_seqscan: 'off',
  // Nor does any need workers, which a plan without statistics would start for each look-up: after a large import, say.
  max_parallel_workers_per_gather: '0',
};

/** Opens the database; nothing is asked of it yet. */
export function openOrdersDatabase({ url, poolSize, ...options }: OrdersDatabaseOptions): OrdersDatabase {
  const pool = openPool({ url, schema: 'orders', size: poolSize, settings: SETTINGS, pipeline: true, ...options });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { schema: 'orders' }), errorFormat: 'minimal' });
  return {
    pool,
    prisma,
    close: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
