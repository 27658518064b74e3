import { isAway } from '@ticketing/order-core/isolate';
import { selectNews } from '@ticketing/order-core/news';
import { keepRejected } from '@ticketing/order-core/payments';
import { rejectionText } from '@ticketing/order-core/rejection';
import { UNSETTLED } from '@ticketing/order-core/rejected';
import { ProblemError } from '@ticketing/service-kit/problem';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type { JobOptions } from '../job.ts';
import type { StripePage } from './list.ts';
import { readPage } from './read-page.ts';
import type { Settled } from '@ticketing/order-core/settling';

export type SettleOptions = Pick<JobOptions, 'db' | 'settle' | 'onSettledByAsking' | 'log'>;

/** Something that the database did not know. */
export type News =
  | Settled
  /** It can never settle, or did not however often it was tried: kept for a person, see `pnpm dlq list`. */
  | { kind: 'kept'; orderId?: string; reason: string };

export interface SettledPage {
  news: News[];
  foreign: number;
}

/** Times that an outcome is tried that fails although the database is there. */
const ATTEMPTS = 3;

/**
 * Settles what a page says and the database does not know. When it returns, all of it is settled or kept.
 * @throws when the database is away; doing it again is safe
 */
export async function settlePage(options: SettleOptions, page: StripePage): Promise<SettledPage> {
  const { pool } = options.db;
  const { outcomes, malformed, foreign } = await readPage(pool, page);
  const news: News[] = await Promise.all(
    (await selectNews(pool, outcomes)).map((outcome) => settleOrKeep(options, outcome)),
  );
  for (const { report, content } of malformed) {
    const { reason, ...what } = report;
    if (!(await keepRejected(pool, { ...report, content }))) continue;
    options.log.error({ ...what, reason }, 'payment report kept as rejected');
    news.push({ kind: 'kept', reason });
  }
  return { news, foreign };
}

async function settleOrKeep(options: SettleOptions, outcome: PaymentOutcome): Promise<News> {
  const { settle, db, log } = options;
  const { eventId, type, orderId, paymentIntentId } = outcome;
  for (let attempt = 1; ; attempt++) {
    try {
      const settled = await settle(outcome);
      const isForPerson = settled.kind === 'rejected' || settled.kind === 'unrecognized';
      const context = { ...settled, eventId, type, intentId: paymentIntentId };
      const why = settled.kind === 'rejected' ? { why: rejectionText(settled) } : undefined;
      if (isOverdue(outcome) && settled.kind !== 'duplicate') options.onSettledByAsking?.();
      if (isForPerson) log.error({ ...context, ...why }, 'found at Stripe: a person has to look at it');
      else log.info(context, 'settled by going through what Stripe has, without its webhook');
      return settled;
    } catch (error) {
      if (isAway(error) || error instanceof ProblemError) throw error;
      if (attempt < ATTEMPTS) continue;
      // It must not keep what comes after it from being settled, and must not be forgotten.
      const reason = `${UNSETTLED}${error instanceof Error ? error.message : String(error)}`;
      await keepRejected(db.pool, { eventId, type, reason, content: outcome, orderId, intentId: paymentIntentId });
      log.error({ err: error, eventId, type, orderId }, 'payment report kept, since it could not be settled');
      return { kind: 'kept', orderId, reason };
    }
  }
}

/** The webhook of what has just happened may be on its way. */
const ON_ITS_WAY_MS = 60_000;

function isOverdue({ occurredAt }: PaymentOutcome): boolean {
  return Date.now() - Date.parse(occurredAt) > ON_ITS_WAY_MS;
}
