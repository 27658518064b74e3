import { Kafka, logLevel, type RetryOptions } from 'kafkajs';
import type { Logger } from '@ticketing/service-kit/log';

export interface ClientOptions {
  /** `host:port` of some brokers; the others are found through them. */
  brokers: string[];
  /** Names this process to the brokers, for their logs and quotas. */
  clientId: string;
  log: Logger;
}

/** Retries inside kafkajs are few and quick: what lasts longer is for our own loops, which know when to give up. */
export const QUICK_RETRIES: RetryOptions = { initialRetryTime: 50, maxRetryTime: 500, retries: 3 };

const CONNECT_TIMEOUT_MS = 3_000;

/** A kafkajs client with bounds, connected to nothing yet. */
export function kafkaClient({ brokers, clientId, log }: ClientOptions, requestTimeoutMs: number): Kafka {
  return new Kafka({
    brokers,
    clientId,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs,
    retry: QUICK_RETRIES,
    logLevel: log.isLevelEnabled('debug') ? logLevel.INFO : logLevel.ERROR,
    // It reports each failed attempt as an error; we say it once, when something is lost and when it is back.
    logCreator:
      () =>
      ({ namespace, log: { message, timestamp: _timestamp, logger: _logger, ...details } }) =>
        log.debug({ kafkajs: namespace, ...details }, message),
  });
}
