import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from './generated/prisma/client.ts';

export type Database = PrismaClient;

/** Prisma over a pool that stays its owner's to close. Its statements are under the pool's bounds. */
export function openDatabase(pool: pg.Pool): Database {
  return new PrismaClient({ adapter: new PrismaPg(pool, { schema: 'identity' }), errorFormat: 'minimal' });
}
