import { setTimeout as wait } from 'node:timers/promises';
import type { ReceivedMessage } from '@ticketing/kafka/received-message';
import type { Logger } from '@ticketing/service-kit/log';
import type { Death } from './dead-letter.ts';
import { createOffsetTracker } from './offset-tracker.ts';
import { retryDelayMs } from './retry-delay.ts';
import { InfrastructureError, type Verdict } from './settle-messages.ts';
import type { Settled } from '@ticketing/order-core/settling';

/** What is counted of messages. */
export type CountedVerdict = 'settled' | 'unrecognized' | 'retried' | 'dead-lettered';

export interface PartitionOptions {
  settle: (messages: ReceivedMessage[]) => Promise<Verdict[]>;
  /** Resolves once the dead letter is safe. */
  bury: (message: ReceivedMessage, death: Death) => Promise<void>;
  /** Told when the position that may be committed has moved without a batch. */
  onProgress: () => void;
  onVerdict: (verdict: CountedVerdict, messages: number) => void;
  maxRetries: number;
  retryBaseMs: number;
  log: Logger;
}

/** One partition's work while it is ours. */
export interface PartitionWork {
  /** Resolves when every message is settled, dead-lettered, or waiting for its retry. */
  handle: (messages: ReceivedMessage[], isStale: () => boolean) => Promise<void>;
  /** Everything before this offset is finished. */
  position: () => bigint | undefined;
  /** Forgets what waits for a retry: the partition's next owner reads it again. */
  abandon: () => void;
}

/** Messages of a partition waiting for a retry; more of them hold the partition up. */
const MAX_WAITING = 1_000;
const OUTAGE_BASE_MS = 500;

/**
 * Works a partition off. A message that fails alone is tried again later, while the ones behind it go on; its offset stays
 * open, so that it comes again if this process dies. When the database or the brokers are away, everything waits, and
 * nothing uses up a retry.
 */
export function createPartitionWork(options: PartitionOptions): PartitionWork {
  const { log, maxRetries, retryBaseMs } = options;
  const tracker = createOffsetTracker();
  const abandoned = new AbortController();
  const { signal } = abandoned;

  async function handle(messages: ReceivedMessage[], isStale: () => boolean): Promise<void> {
    for (const { offset } of messages) tracker.start(BigInt(offset));
    const isOver = () => signal.aborted || isStale();
    const verdicts = await throughOutages(() => options.settle(messages), isOver);
    const failures: Promise<void>[] = [];
    let settled = 0;
    for (const [index, message] of messages.entries()) {
      const verdict = verdicts[index];
      if (verdict?.kind === 'dead') failures.push(bury(message, { ...verdict, attempts: 1, ...failedNow() }, isOver));
      else if (verdict?.kind === 'failed') void retry(message, verdict.error);
      else {
        tracker.finish(BigInt(message.offset));
        settled++;
        if (verdict) reportUnrecognized(message, verdict.settled);
      }
    }
    options.onVerdict('settled', settled);
    await Promise.all(failures);
    while (tracker.open() > MAX_WAITING && !isOver())
      await wait(OUTAGE_BASE_MS, undefined, { signal }).catch(() => undefined);
  }

  /** Tries a message that failed alone again, until it settles or its retries are used up. */
  async function retry(message: ReceivedMessage, firstError: unknown): Promise<void> {
    const firstFailedAt = new Date();
    const isOver = () => signal.aborted;
    let error = firstError;
    try {
      for (let attempt = 1; attempt <= maxRetries; attempt++) {
        log.warn({ ...place(message), attempt, err: error }, 'a message failed and will be tried again');
        await wait(retryDelayMs(attempt, retryBaseMs), undefined, { signal });
        options.onVerdict('retried', 1);
        const [verdict] = await throughOutages(() => options.settle([message]), isOver);
        if (verdict?.kind === 'failed') {
          error = verdict.error;
          continue;
        }
        if (verdict?.kind === 'dead') {
          await bury(message, { ...verdict, attempts: attempt + 1, firstFailedAt, failedAt: new Date() }, isOver);
        } else {
          tracker.finish(BigInt(message.offset));
          options.onVerdict('settled', 1);
          if (verdict) reportUnrecognized(message, verdict.settled);
        }
        options.onProgress();
        return;
      }
      const reason = error instanceof Error ? error.message : String(error);
      const death = {
        code: 'RETRIES_EXHAUSTED' as const,
        reason,
        attempts: maxRetries + 1,
        firstFailedAt,
        failedAt: new Date(),
      };
      await bury(message, death, isOver);
      options.onProgress();
    } catch (failure) {
      // Abandoned while it waited: the partition's next owner reads the message again.
      if (!signal.aborted) log.error({ ...place(message), err: failure }, 'a retry broke off');
    }
  }

  /** Nothing was changed by it: a person has to find out what the provider means. */
  function reportUnrecognized(message: ReceivedMessage, settled: Settled): void {
    if (settled.kind !== 'unrecognized') return;
    log.error({ ...place(message), ...settled }, 'a payment report says something that is not known here');
    options.onVerdict('unrecognized', 1);
  }

  async function bury(message: ReceivedMessage, death: Death, isOver: () => boolean): Promise<void> {
    // Whatever keeps a dead letter from being written is waited out: the message must not be lost.
    await throughOutages(
      () => options.bury(message, death),
      isOver,
      () => true,
    );
    log.error({ ...place(message), code: death.code, reason: death.reason }, 'a message was dead-lettered');
    tracker.finish(BigInt(message.offset));
    options.onVerdict('dead-lettered', 1);
  }

  /** Does it, waiting longer each time while what it needs is away. */
  async function throughOutages<Result>(
    work: () => Promise<Result>,
    isOver: () => boolean,
    isOutage: (error: unknown) => boolean = (error) => error instanceof InfrastructureError,
  ): Promise<Result> {
    for (let failures = 1; ; failures++) {
      try {
        return await work();
      } catch (error) {
        if (!isOutage(error) || isOver()) throw error;
        if (failures === 1) log.warn({ err: error }, 'waiting for the database or the brokers to come back');
      }
      await wait(retryDelayMs(failures, OUTAGE_BASE_MS), undefined, { signal });
      if (isOver()) throw new InfrastructureError('The partition is no longer ours');
    }
  }

  return { handle, position: tracker.position, abandon: () => abandoned.abort() };
}

function failedNow(): Pick<Death, 'firstFailedAt' | 'failedAt'> {
  const now = new Date();
  return { firstFailedAt: now, failedAt: now };
}

function place({ topic, partition, offset }: ReceivedMessage) {
  return { topic, partition, offset };
}
