import type { World } from './checker/world.ts';

/** What happened in a round. */
export interface Figures {
  buyers: number;
  requests: number;
  withoutAnswer: number;
  /** Requests that were answered 503 or 429. */
  turnedAway: number;
  orders: Record<string, number>;
  payments: number;
  /** Made at Stripe; and those of them that failed, at once or later, those by hand, and how often one was retried. */
  refunds: number;
  failedRefunds: number;
  refundsByHand: number;
  retriedRefunds: number;
  /** Debits that the bank came to an end with. */
  debits: number;
  deadLetters: number;
  /** Emails that came, those that came again included. */
  mails: number;
  tickets: number;
  checkedIn: number;
  webhooks: number;
  queued: number;
  parked: number;
  looksAtStock: number;
  ways: Record<string, number>;
  faults: Record<string, number>;
  settledMs: number;
}

type Counted = Omit<Figures, 'buyers' | 'looksAtStock' | 'ways' | 'faults' | 'settledMs'>;

/** Counts what can be counted afterwards. */
export function figuresOf({ history, database, topics, stripe }: World): Counted {
  const orders: Record<string, number> = {};
  for (const { status } of database.orders) orders[status] = (orders[status] ?? 0) + 1;
  return {
    requests: history.filter(({ deed }) => deed !== 'get-mail' && deed !== 'retry-refund').length,
    mails: history.filter(({ deed }) => deed === 'get-mail').length,
    withoutAnswer: history.filter(({ status, deed }) => status === 0 && deed !== 'retry-refund').length,
    turnedAway: history.filter(({ status }) => status === 503 || status === 429).length,
    orders,
    payments: stripe.intents.filter(({ status }) => status === 'succeeded').length,
    refunds: stripe.refunds.length,
    failedRefunds: stripe.refunds.filter(({ status }) => status === 'failed' || status === 'canceled').length,
    refundsByHand: history.filter(({ deed, status }) => deed === 'refund-by-hand' && status === 200).length,
    retriedRefunds: history.filter(({ deed }) => deed === 'retry-refund').length,
    debits: history.filter(({ deed, status }) => deed === 'finish-debit' && status === 200).length,
    deadLetters: topics
      ? topics.deadLetters.length
      : database.reports.filter(({ result }) => result === 'rejected').length,
    tickets: database.tickets.length,
    checkedIn: database.tickets.filter(({ status }) => status === 'checked_in').length,
    webhooks: stripe.events.reduce((sum, { delivered }) => sum + delivered, 0),
    queued: topics?.queued.length ?? 0,
    parked: database.outbox.filter(({ isParked, isDone }) => isParked && !isDone).length,
  };
}
