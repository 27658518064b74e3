import type { Admin } from '@ticketing/kafka/admin';
import { outcomeTopics } from '@ticketing/kafka/topics';
import { outboxMetrics } from '@ticketing/order-effects/outbox-metrics';
import type pg from 'pg';
import { Counter, Gauge, type Registry } from 'prom-client';
import { GROUP_ID } from './consume.ts';
import type { CountedVerdict } from './partition.ts';

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
    help: 'Messages by what became of them: settled, unrecognized (a word of the provider that is not known here), retried (each retry), dead-lettered',
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
  outboxMetrics(registry, pool);
  return {
    onVerdict: (verdict: CountedVerdict, count: number) => messages.inc({ verdict }, count),
  };
}
