import type { Rule } from '../world.ts';

/** Codes with which a report may wait for a person, and what someone must have done to cause it. */
const WAITING_FOR: Record<string, string> = { UNKNOWN_ORDER: 'unknown-order', AMOUNT_MISMATCH: 'other-amount' };
const REASONS: Record<string, string> = { 'unknown-order': 'unknown-order', 'amount-mismatch': 'other-amount' };

/** Reports without which an order, its seats or its money would stay as they are. */
const ABOUT_MONEY = [
  ...['payment_intent.succeeded', 'payment_intent.payment_failed', 'payment_intent.canceled'],
  ...['refund.created', 'refund.updated', 'refund.failed', 'charge.refunded', 'charge.refund.updated'],
];

export const reportRules: Rule[] = [
  {
    name: 'every report of money that was acknowledged is kept',
    find: ({ stripe, database, topics }) => {
      const kept = new Set([
        ...database.reports.map(({ eventId }) => eventId),
        ...(topics?.deadLetters ?? []).map(({ eventId }) => eventId),
      ]);
      return stripe.events
        .filter(({ type, orderId, delivered }) => ABOUT_MONEY.includes(type) && orderId !== undefined && delivered > 0)
        .filter(({ id }) => !kept.has(id))
        .map(({ id, type, orderId }) => `${id} (${type}, order ${orderId})`);
    },
  },
  {
    name: 'every report reaches us in the end',
    find: ({ stripe }) =>
      stripe.events
        .filter(({ undelivered }) => undelivered > 0)
        .map(({ id, type, undelivered }) => `${id} (${type}): ${undelivered} not delivered`),
  },
  {
    name: 'every queued report is settled or dead-lettered',
    find: ({ database, topics }) => {
      if (!topics) return [];
      const done = new Set([
        ...database.reports.map(({ eventId }) => eventId),
        ...topics.deadLetters.map(({ eventId }) => eventId),
      ]);
      return [
        ...topics.queued
          .filter(({ eventId }) => !done.has(eventId))
          .map(({ eventId, topic }) => `${eventId} of ${topic}`),
        ...topics.unsettled
          .filter(({ messages }) => messages > 0)
          .map(({ topic, partition, messages }) => `${messages} messages wait in ${topic}/${partition}`),
      ];
    },
  },
  {
    name: 'only what cannot settle is given up',
    find: ({ database, topics, history }) => {
      const foreign = new Map(
        history.flatMap(({ intentId, about }) => (intentId && about ? [[intentId, about] as const] : [])),
      );
      const letters = (topics?.deadLetters ?? [])
        .filter(
          ({ code, intentId }) => WAITING_FOR[code] === undefined || WAITING_FOR[code] !== foreign.get(intentId ?? ''),
        )
        .map(({ topic, code, intentId }) => `${topic}: ${code} about ${intentId ?? 'nothing known'}`);
      const rejected = database.reports
        .filter(({ result }) => result === 'rejected')
        .filter(({ reason, intentId }) => REASONS[reason ?? ''] !== foreign.get(intentId ?? '') || !reason)
        .map(
          ({ eventId, reason, intentId }) => `${eventId} was rejected (${reason ?? 'no reason'}), about ${intentId}`,
        );
      return [...letters, ...rejected];
    },
  },
];
