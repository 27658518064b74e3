import { readOutboxState, type OutboxState } from '@ticketing/order-core/outbox-admin';
import type pg from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { syncMetrics } from './sync/metrics.ts';

const GAUGES: { name: string; help: string; value: (state: OutboxState) => number }[] = [
  {
    name: 'outbox_oldest_unfinished_seconds',
    help: 'Age of the oldest job that is neither done nor parked, nor waits for the payment provider; 0 if there is none',
    value: (state) => state.oldestUnfinishedSeconds,
  },
  {
    name: 'outbox_parked',
    help: 'Jobs that were given up and wait for a person: npm run refunds -- list, npm run jobs -- list',
    value: (state) => state.parked,
  },
  {
    name: 'outbox_blocked',
    help: 'Jobs that fail because of what all of them need: network, key, account or balance at Stripe, the mail server',
    value: (state) => state.blocked,
  },
  {
    name: 'outbox_waiting',
    help: 'Jobs for which the payment provider has to come to an end first, such as a debit that is being processed',
    value: (state) => state.waiting,
  },
  {
    name: 'refunds_failed',
    help: 'Refunds that failed at the payment provider, at once or days later, and wait for a person: npm run refunds -- list',
    value: (state) => state.refundsFailed,
  },
];

/** Metrics of the background work, asked for when they are scraped; left out while the database is unavailable. */
export function outboxMetrics(registry: Registry, pool: pg.Pool): void {
  syncMetrics(registry, pool);
  let reading: Promise<OutboxState | undefined> | undefined;
  // All gauges of one scrape share one look.
  const read = () =>
    (reading ??= readOutboxState(pool)
      .catch(() => undefined)
      .finally(() => (reading = undefined)));
  for (const { name, help, value } of GAUGES) {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const state = await read();
        this.reset();
        if (state) this.set(value(state));
      },
    });
  }
}
