import type { OrdersDatabase } from '@ticketing/order-core/database';
import { keepRejected, orderOfIntent } from '@ticketing/order-core/payments';
import type { HttpApp } from '@ticketing/service-kit/http-app';
import type { Logger } from '@ticketing/service-kit/log';
import { ProblemError } from '@ticketing/service-kit/problem';
import { stripeWebhook } from '@ticketing/types/order';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type Stripe from 'stripe';
import type { TakenIn } from './payment-intake.ts';
import { readReport, type Report } from './payment-outcomes.ts';

export interface WebhookOptions {
  db: OrdersDatabase;
  stripe: Stripe;
  /** Any of them may have signed. */
  secrets: string[];
  /** Takes an outcome in, durably, before it resolves. */
  takeIn: (outcome: PaymentOutcome, traceparent?: string) => Promise<TakenIn>;
  /** Told about refunds that became due. */
  onRefundDue: () => void;
  /** Told what every report came to, those that are ignored included. */
  onOutcome: (outcome: string) => void;
  log: Logger;
}

/** Oldest signature that is accepted, in seconds; Stripe's own default. */
const TOLERANCE_SECONDS = 300;

/**
 * `POST /orders/webhook`: verified on the raw bytes before anything is read, taken in durably before it is acknowledged. Whatever
 * Stripe signed is settled, kept with a reason, or deliberately ignored.
 */
export function implementWebhook(http: HttpApp, options: WebhookOptions): void {
  http.implement(stripeWebhook, async ({ body, request }) => {
    const event = verify(options, body, request.headers['stripe-signature']);
    const { traceparent } = request.headers;
    const context = { event, traceparent: typeof traceparent === 'string' ? traceparent : undefined };
    const outcome = await take(options, readReport(event), context);
    options.onOutcome(outcome);
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

interface ReportContext {
  event: Stripe.Event;
  traceparent: string | undefined;
}

async function take(options: WebhookOptions, report: Report, context: ReportContext): Promise<string> {
  const { db, log } = options;
  switch (report.kind) {
    case 'outcome': {
      const taken = await options.takeIn(report.outcome, context.traceparent);
      logTaken(log, taken, report.outcome);
      if (taken.kind === 'refund-due') options.onRefundDue();
      return taken.kind;
    }
    case 'order-unknown': {
      const orderId = await orderOfIntent(db.pool, report.intentId);
      // Money that this platform did not ask for: another product on the same Stripe account.
      return orderId === undefined ? 'ignored' : take(options, report.withOrder(orderId), context);
    }
    case 'malformed':
      await keepRejected(db.pool, { ...report, content: context.event });
      log.error(
        { eventId: report.eventId, type: report.type, reason: report.reason },
        'payment report kept as rejected',
      );
      return 'rejected';
    case 'ignored':
      return 'ignored';
  }
}

function logTaken(log: Logger, taken: TakenIn, { eventId, type, orderId }: PaymentOutcome): void {
  const context = { ...taken, eventId, type, orderId };
  if (taken.kind === 'rejected') log.error(context, 'payment report kept as rejected');
  else log.debug(context, 'payment report taken in');
}
