import { currentTraceparent, inProducerSpan } from '@ticketing/service-kit/trace';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { kafkaClient, type ClientOptions } from './client.ts';
import { createLane, type Lane } from './lane.ts';
import { outcomeMessage } from './message.ts';
import { ProduceError } from './produce-error.ts';
import type { OutgoingMessage } from './received-message.ts';
import { topicOf } from './topics.ts';

export interface ProducerOptions extends ClientOptions {
  topicPrefix?: string;
  /** How long a message may wait for its acknowledgement, in ms (2,000). */
  timeoutMs?: number;
  /** Messages waiting; above it, sending fails at once (10,000). */
  maxWaiting?: number;
}

export interface ProducerHealth {
  /** `idle` until something was sent; `away` from a failed attempt until the next that succeeds. */
  state: 'idle' | 'connected' | 'away';
  waiting: number;
  /** Since the start: messages acknowledged, in how many produce requests, and attempts that failed. */
  messages: number;
  requests: number;
  failures: number;
}

export interface Producer {
  /**
   * Resolves only after the broker has the outcome on all in-sync replicas. It may arrive twice when the broker failed
   * meanwhile, which settling does not mind.
   * @throws {ProduceError} within `timeoutMs`
   */
  send: (outcome: PaymentOutcome, context?: { traceparent?: string | undefined }) => Promise<void>;
  /** Resolves after all of them are acknowledged; of those in a failed call, some may have arrived. @throws as `send` */
  sendMessages: (topic: string, messages: OutgoingMessage[]) => Promise<void>;
  health: () => ProducerHealth;
  /** Refuses further messages, and waits for those that it took, no longer than `timeoutMs`. */
  close: () => Promise<void>;
}

/**
 * A producer that connects when it first sends, and again by itself. Messages that are sent while a produce request is
 * under way share the next one, and topics do not wait for one another.
 */
export function createProducer(options: ProducerOptions): Producer {
  const { clientId, log, topicPrefix, timeoutMs = 2_000, maxWaiting = 10_000 } = options;
  const kafka = kafkaClient(options, timeoutMs);
  const lanes = new Map<string, Lane>();
  const health = { state: 'idle' as ProducerHealth['state'], messages: 0, requests: 0, failures: 0 };
  let isClosed = false;

  const onSuccess = (messages: number) => {
    if (health.state === 'away') log.info('Kafka takes messages again');
    health.state = 'connected';
    health.messages += messages;
    health.requests++;
  };
  const onFailure = (error: unknown) => {
    if (health.state !== 'away') log.warn({ err: error }, 'Kafka does not take messages');
    health.state = 'away';
    health.failures++;
  };

  function laneTo(topic: string): Lane {
    let lane = lanes.get(topic);
    if (!lane) {
      lane = createLane({ kafka, topic, timeoutMs, onSuccess, onFailure });
      lanes.set(topic, lane);
    }
    return lane;
  }

  function waiting(): number {
    let sum = 0;
    for (const lane of lanes.values()) sum += lane.waiting();
    return sum;
  }

  async function add(topic: string, message: OutgoingMessage): Promise<void> {
    if (isClosed) throw new ProduceError('closed', 'The producer is closed.');
    if (waiting() >= maxWaiting) throw new ProduceError('queue-full', `${maxWaiting} messages are waiting for Kafka.`);
    await laneTo(topic).add(message);
  }

  return {
    send: (outcome, context = {}) => {
      const topic = topicOf(outcome.type, topicPrefix);
      const attributes = { 'messaging.system': 'kafka', 'messaging.destination.name': topic };
      return inProducerSpan(`send ${topic}`, attributes, async () => {
        const traceparent = currentTraceparent() ?? context.traceparent;
        await add(topic, outcomeMessage(outcome, { source: clientId, traceparent }));
      });
    },
    sendMessages: async (topic, messages) => {
      const results = await Promise.allSettled(messages.map((message) => add(topic, message)));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    },
    health: () => ({ ...health, waiting: waiting() }),
    close: async () => {
      isClosed = true;
      await Promise.all([...lanes.values()].map((lane) => lane.close()));
    },
  };
}
