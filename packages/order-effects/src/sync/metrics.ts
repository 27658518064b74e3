import { readSyncAge } from '@ticketing/order-core/provider-sync';
import type pg from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { RESOURCES } from './list.ts';

/** How long ago what Stripe has was last gone through; left out before the first time, and while the database is away. */
export function syncMetrics(registry: Registry, pool: pg.Pool): void {
  new Gauge({
    name: 'stripe_sync_age_seconds',
    help: 'Time since what Stripe has (events, payments, refunds, disputes) was last gone through; every ten minutes normally',
    registers: [registry],
    async collect() {
      const age = await readSyncAge(pool, RESOURCES).catch(() => undefined);
      this.reset();
      if (age !== undefined) this.set(age);
    },
  });
}
