import type { Admin } from '@ticketing/kafka/admin';
import { outcomeTopics } from '@ticketing/kafka/topics';
import { readOutboxState } from '@ticketing/order-core/outbox-admin';
import type pg from 'pg';
import { Counter, Gauge, type Registry } from 'prom-client';
import { GROUP_ID } from './consume.ts';

export interface WorkerMetricsOptions {
  registry: Registry;
  admin: Admin;
  pool: pg.Pool;
  topicPrefix: string;
}

/** The worker's own metrics; those that are asked for when scraped are left out when what they ask is away. */
export function workerMetrics({ registry, admin, pool, topicPrefix }: WorkerMetricsOptions) {
  const messages = new Counter({
    name: 'payment_messages_total',
    help: 'Messages by what became of them: settled, retried (each retry), dead-lettered',
    labelNames: ['verdict'] as const,
    registers: [registry],
  });
  new Gauge({
    name: 'payment_consumer_lag',
    help: 'Messages that the group has yet to settle',
    labelNames: ['topic', 'partition'] as const,
    registers: [registry],
    async collect() {
      this.reset();
      const lags = await admin.lag(`${topicPrefix}${GROUP_ID}`, outcomeTopics(topicPrefix)).catch(() => []);
      for (const { topic, partition, lag } of lags) this.set({ topic, partition: String(partition) }, Number(lag));
    },
  });
  new Gauge({
    name: 'outbox_oldest_unfinished_seconds',
    help: 'Age of the oldest job that is neither done nor parked; 0 if there is none',
    registers: [registry],
    async collect() {
      const state = await readOutboxState(pool).catch(() => undefined);
      this.reset();
      if (state) this.set(state.oldestUnfinishedSeconds);
    },
  });
  new Gauge({
    name: 'outbox_parked',
    help: 'Jobs that were given up and wait for a person: pnpm jobs list',
    registers: [registry],
    async collect() {
      const state = await readOutboxState(pool).catch(() => undefined);
      this.reset();
      if (state) this.set(state.parked);
    },
  });
  return {
    onVerdict: (verdict: 'settled' | 'retried' | 'dead-lettered', count: number) => messages.inc({ verdict }, count),
  };
}
