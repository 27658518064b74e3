import type { Closing } from '@ticketing/service-kit/closing';
import { clientAddress } from '@ticketing/service-kit/client-address';
import type { Logger } from '@ticketing/service-kit/log';
import { createBatchedLimiter } from '@ticketing/service-kit/rate-limit/batched-limiter';
import { LIMITS_TIMEOUT_MS, openRedis, type BoundedRedis } from '@ticketing/service-kit/redis';
import type { Request } from 'express';
import type { OrdersConfig } from './config.ts';

/** Slows down whoever holds tickets by program. Never waits for anything. */
export interface OrderLimits {
  /** Counts an attempt, of the account and of its address. @throws {ProblemError} RATE_LIMITED */
  take: (accountId: string, request: Request) => void;
  /** For a repeat that held nothing new: it counts for the address only, which bounds a flood of them. */
  giveBack: (accountId: string) => void;
}

/** Where replicas count together; nothing if there is no Redis. */
export function openLimitsRedis(config: OrdersConfig, log: Logger, closing: Closing): BoundedRedis | undefined {
  const { REDIS_URL: url } = config;
  if (url === undefined) return undefined;
  const redis = openRedis({ url, applicationName: 'orders-service', timeoutMs: LIMITS_TIMEOUT_MS, log });
  closing.add(redis.close);
  return redis;
}

export function openOrderLimits(
  config: OrdersConfig,
  { redis, log }: { redis: BoundedRedis | undefined; log: Logger },
  closing: Closing,
): OrderLimits {
  if (config.RATE_LIMITS === 'off') {
    log.warn('RATE_LIMITS=off: nothing slows down who holds tickets by program');
    return { take: () => undefined, giveBack: () => undefined };
  }
  const account = createBatchedLimiter({ name: 'orders-account', ...config.RATE_LIMIT_ORDERS_ACCOUNT }, redis);
  const address = createBatchedLimiter({ name: 'orders-address', ...config.RATE_LIMIT_ORDERS_ADDRESS }, redis);
  closing.add(account.close);
  closing.add(address.close);
  let isSaid = config.TRUSTED_PROXIES !== false;
  return {
    take: (accountId, request) => {
      if (!isSaid && request.headers['x-forwarded-for'] !== undefined) {
        isSaid = true;
        log.warn(
          'X-Forwarded-For comes from a peer that TRUSTED_PROXIES does not name: its clients count as one address',
        );
      }
      // The account first: what it is refused does not use up its neighbours' share of the address.
      account.take(accountId);
      address.take(clientAddress(request));
    },
    giveBack: account.giveBack,
  };
}
