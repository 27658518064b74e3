import type { Producer } from '@ticketing/kafka/producer';
import type { Logger } from '@ticketing/service-kit/log';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleAll } from 'cockatiel';
import type { Settled } from '@ticketing/order-core/settling';

/** What became of a reported outcome before the report is acknowledged. */
export type TakenIn = { kind: 'queued' } | Settled;

export interface IntakeOptions {
  /** Absent: there is no Kafka, and every outcome is settled at once. */
  producer?: Producer;
  settle: (outcome: PaymentOutcome) => Promise<Settled>;
  log: Logger;
}

/** Failures in a row after which Kafka is left alone, and for how long. */
const FAILURES = 3;
const LEFT_ALONE_MS = 5_000;

/**
 * Takes payment outcomes in, durably: into Kafka, whose acknowledgement is waited for a bounded time, else by settling
 * in place. While Kafka is known to be away, nobody waits for it. It throws when neither works: then the report must not be
 * acknowledged, and the provider will repeat it.
 */
export function createIntake({ producer, settle, log }: IntakeOptions) {
  if (!producer) return (outcome: PaymentOutcome): Promise<TakenIn> => settle(outcome);
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: LEFT_ALONE_MS,
    breaker: new ConsecutiveBreaker(FAILURES),
  });
  breaker.onStateChange((state) => {
    if (state === CircuitState.Open) log.warn('Kafka is away: payments are settled in place');
    if (state === CircuitState.Closed) log.info('Kafka takes payments again');
  });
  return async (outcome: PaymentOutcome, traceparent?: string): Promise<TakenIn> => {
    try {
      await breaker.execute(() => producer.send(outcome, { traceparent }));
      return { kind: 'queued' };
    } catch (error) {
      log.debug({ err: error, eventId: outcome.eventId }, 'settling in place');
      // The message may arrive all the same; settling twice does nothing twice.
      return settle(outcome);
    }
  };
}
