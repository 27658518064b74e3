import { ordersOfIntents } from '@ticketing/order-core/news';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type pg from 'pg';
import type Stripe from 'stripe';
import { intentOutcome } from '../stripe-intent.ts';
import { refundOutcome } from '../stripe-refund.ts';
import { originOf } from '../stripe-events/origin.ts';
import { isOwnId, readOutcome, readReport, type OwnReport } from '../stripe-events/report.ts';
import type { StripePage } from './list.ts';

type Malformed = Extract<OwnReport, { kind: 'malformed' }>;

/** What a page says about payments of ours. */
export interface PageReports {
  outcomes: PaymentOutcome[];
  /** Ours, but they can never settle; with what Stripe gave. */
  malformed: { report: Malformed; content: unknown }[];
  /** Objects of another product on the same account. */
  foreign: number;
}

/** Reads a page; the oldest of it first. Whose an object is, is told as the webhook tells it. */
export async function readPage(pool: pg.Pool, page: StripePage): Promise<PageReports> {
  const reports: PageReports = { outcomes: [], malformed: [], foreign: 0 };
  switch (page.resource) {
    case 'events':
      await readEvents(pool, page.data, reports);
      break;
    case 'payment_intents':
      await readObjects(pool, page.data, (intent) => intent, intentOutcome, reports);
      break;
    case 'refunds':
      await readObjects(
        pool,
        page.data,
        (refund) => refund.payment_intent,
        (orderId, refund, intentId) => refundOutcome({ orderId, intentId }, refund),
        reports,
      );
      break;
    case 'disputes':
      await readObjects(pool, page.data, (dispute) => dispute.payment_intent, disputeOutcome, reports);
      break;
  }
  reports.outcomes.reverse();
  return reports;
}

async function readEvents(pool: pg.Pool, events: Stripe.Event[], into: PageReports): Promise<void> {
  const read = events.map((event) => ({
    event,
    // A key lists events of its own mode only; those of connected accounts are none of ours.
    report: originOf(event, undefined) === 'here' ? readReport(event) : { kind: 'ignored' as const },
  }));
  const doubtful = read.flatMap(({ report }) => (report.kind === 'doubtful' ? [report.intentId] : []));
  const orders = await ordersOfIntents(pool, doubtful);
  for (const { event, report } of read) {
    let own: OwnReport | undefined;
    if (report.kind === 'doubtful') {
      const orderId = orders.get(report.intentId);
      // Not to be found by the event; if it is a refund or dispute of ours, it is found in their own list.
      own = orderId === undefined ? undefined : report.ofOrder(orderId);
    } else if (report.kind !== 'ignored') {
      own = report;
    }
    if (own?.kind === 'outcome') into.outcomes.push(own.outcome);
    else if (own) into.malformed.push({ report: own, content: event });
  }
}

/** Objects whose intent, or its id where it is not expanded, tells the order. */
async function readObjects<Item extends { id: string; object: string }>(
  pool: pg.Pool,
  items: Item[],
  intentOf: (item: Item) => Stripe.PaymentIntent | string | null,
  toOutcome: (orderId: string, item: Item, intentId: string) => PaymentOutcome | undefined,
  into: PageReports,
): Promise<void> {
  const found = items.map((item) => ({ item, intent: asIntent(intentOf(item)) }));
  const orders = await ordersOfIntents(
    pool,
    found.flatMap(({ intent }) => (intent && !isOwnId(intent.orderId) ? [intent.id] : [])),
  );
  for (const { item, intent } of found) {
    const orderId = intent && (isOwnId(intent.orderId) ? intent.orderId : orders.get(intent.id));
    if (!intent || orderId === undefined) {
      into.foreign++;
      continue;
    }
    const given = toOutcome(orderId, item, intent.id);
    if (!given) continue;
    const read = readOutcome(given);
    if ('outcome' in read) into.outcomes.push(read.outcome);
    else {
      const { eventId } = given;
      const { reason } = read;
      into.malformed.push({ report: { kind: 'malformed', eventId, type: item.object, reason }, content: item });
    }
  }
}

function asIntent(intent: Stripe.PaymentIntent | string | null): { id: string; orderId?: unknown } | undefined {
  if (intent === null) return undefined;
  return typeof intent === 'string' ? { id: intent } : { id: intent.id, orderId: intent.metadata.order_id };
}

function disputeOutcome(orderId: string, dispute: Stripe.Dispute, intentId: string): PaymentOutcome {
  const { id, status, amount, currency, created } = dispute;
  return {
    eventId: `dispute:${orderId}:${intentId}:${id}:${status}`,
    type: 'payment.disputed',
    orderId,
    paymentIntentId: intentId,
    amount,
    currency: currency.toUpperCase(),
    occurredAt: new Date(created * 1000).toISOString(),
    disputeId: id,
    detail: status,
  };
}
