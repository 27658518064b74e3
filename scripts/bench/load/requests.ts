import { randomInt } from 'node:crypto';
import { idOf, unknownId } from '../ids.ts';
import { signedWebhook } from '../stripe-webhook.ts';

/** What is sent. */
export type Requests =
  /** Random picks of them. */
  | { kind: 'any-of'; requests: PlainRequest[] }
  /** Stripe's reports of payments, signed before the first is sent. */
  | { kind: 'webhooks'; path: string; secret: string; amount: number; orders: Orders };

/** By their numbers, or all of them unknown. */
export type Orders = { first: number } | 'unknown';

export interface PlainRequest {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** So many requests, made beforehand so that the sender has little to do. */
export function prepareRequests(requests: Requests, count: number): PlainRequest[] {
  switch (requests.kind) {
    case 'any-of': {
      const all = requests.requests;
      const pick = () => all[randomInt(all.length)] ?? { method: 'GET', path: '/' };
      return Array.from({ length: count }, pick);
    }
    case 'webhooks': {
      const { path, secret, amount, orders } = requests;
      return Array.from({ length: count }, (_, index) => {
        const orderId = orders === 'unknown' ? unknownId() : idOf('order', orders.first + index);
        return { method: 'POST', path, ...signedWebhook(secret, { orderId, amount }) };
      });
    }
  }
}
