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

/** Opens the database; nothing is asked of it yet. */
export function openOrdersDatabase({ url, poolSize, ...options }: OrdersDatabaseOptions): OrdersDatabase {
  const pool = openPool({ url, schema: 'orders', size: poolSize, ...options });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { schema: 'orders' }) });
  return {
    pool,
    prisma,
    close: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
