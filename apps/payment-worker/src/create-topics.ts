import { setTimeout as wait } from 'node:timers/promises';
import type { Admin } from '@ticketing/kafka/admin';
import type { TopicOptions } from '@ticketing/kafka/topics';
import type { Logger } from '@ticketing/service-kit/log';

const RETRY_MS = 1_000;

/** Makes the topics as soon as the brokers can be reached; until then the worker is there, but not ready. */
export function createTopicsPatiently(admin: Admin, log: Logger, options: TopicOptions) {
  const closing = new AbortController();
  return { done: create(), giveUp: () => closing.abort() };

  async function create(): Promise<void> {
    for (let isFirst = true; ; isFirst = false) {
      try {
        const { created, warnings } = await admin.createTopics(options);
        if (created.length > 0) log.info({ created }, 'made the topics');
        for (const warning of warnings) log.warn(warning);
        return;
      } catch (error) {
        if (isFirst) log.warn({ err: error }, 'Kafka cannot be reached; trying again until it can');
        await wait(RETRY_MS, undefined, { signal: closing.signal });
      }
    }
  }
}
