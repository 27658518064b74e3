import type { OrdersDatabase } from '@ticketing/order-core/database';
import { keepRejected, orderOfIntent } from '@ticketing/order-core/payments';
import type { Settled } from '@ticketing/order-core/settlement';
import type { HttpApp } from '@ticketing/service-kit/http-app';
import type { Logger } from '@ticketing/service-kit/log';
import { ProblemError } from '@ticketing/service-kit/problem';
import { stripeWebhook } from '@ticketing/types/order';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type Stripe from 'stripe';
import { readReport, type Report } from './payment-outcomes.ts';

export interface WebhookOptions {
  db: OrdersDatabase;
  stripe: Stripe;
  /** Any of them may have signed. */
  secrets: string[];
  /** Settles an outcome, durably, before it resolves. */
  settle: (outcome: PaymentOutcome) => Promise<Settled>;
  /** Told about refunds that became due. */
  onRefundDue: () => void;
  log: Logger;
}

/** Oldest signature that is accepted, in seconds; Stripe's own default. */
const TOLERANCE_SECONDS = 300;

/**
 * `POST /orders/webhook`: verified on the raw bytes before anything is read, settled before it is acknowledged. Whatever
 * Stripe signed is settled, kept with a reason, or deliberately ignored.
 */
export function implementWebhook(http: HttpApp, options: WebhookOptions): void {
  http.implement(stripeWebhook, async ({ body, request }) => {
    const event = verify(options, body, request.headers['stripe-signature']);
    const outcome = await take(options, readReport(event), event);
    return { status: 200, body: { received: true as const, outcome } };
  });
}

function verify(
  { stripe, secrets }: WebhookOptions,
  body: Buffer,
  signature: string | string[] | undefined,
): Stripe.Event {
  if (typeof signature !== 'string') {
    throw new ProblemError('MALFORMED_REQUEST', 'The Stripe-Signature header is missing.');
  }
  let failure: unknown;
  for (const secret of secrets) {
    try {
      return stripe.webhooks.constructEvent(body, signature, secret, TOLERANCE_SECONDS);
    } catch (error) {
      failure = error;
    }
  }
  throw new ProblemError('MALFORMED_REQUEST', 'The signature does not match, or is too old.', { cause: failure });
}

async function take(options: WebhookOptions, report: Report, event: Stripe.Event): Promise<string> {
  const { db, log } = options;
  switch (report.kind) {
    case 'outcome': {
      const settled = await options.settle(report.outcome);
      logSettled(log, settled, report.outcome);
      if (settled.kind === 'refund-due') options.onRefundDue();
      return settled.kind;
    }
    case 'order-unknown': {
      const orderId = await orderOfIntent(db.pool, report.intentId);
      // Money that this platform did not ask for: another product on the same Stripe account.
      return orderId === undefined ? 'ignored' : take(options, report.withOrder(orderId), event);
    }
    case 'malformed':
      await keepRejected(db.pool, { ...report, content: event });
      log.error(
        { eventId: report.eventId, type: report.type, reason: report.reason },
        'payment report kept as rejected',
      );
      return 'rejected';
    case 'ignored':
      return 'ignored';
  }
}

function logSettled(log: Logger, settled: Settled, { eventId, type }: PaymentOutcome): void {
  if (settled.kind === 'rejected') log.error({ ...settled, eventId, type }, 'payment report kept as rejected');
  else log.debug({ ...settled, eventId, type }, 'payment report settled');
}
