import type { OrdersDatabase } from '@ticketing/order-core/database';
import { rejectionText } from '@ticketing/order-core/rejection';
import { keepRejected, orderOfIntent } from '@ticketing/order-core/payments';
import type { HttpApp } from '@ticketing/service-kit/http-app';
import type { Logger } from '@ticketing/service-kit/log';
import type { StripeMode } from '@ticketing/order-effects/stripe';
import { originOf, type StripeOrigin } from '@ticketing/order-effects/stripe-events/origin';
import { readReport, type OwnReport, type Report } from '@ticketing/order-effects/stripe-events/report';
import { ProblemError, unavailable } from '@ticketing/service-kit/problem';
import { stripeWebhook } from '@ticketing/types/order';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type Stripe from 'stripe';
import type { TakenIn } from './payment-intake.ts';
import type { OnRefused } from './refused-webhooks.ts';

export interface WebhookOptions {
  db: OrdersDatabase;
  stripe: Stripe;
  /** Of the key that `stripe` has; undefined if the key does not tell. */
  mode: StripeMode | undefined;
  /** Any of them may have signed. */
  secrets: string[];
  /** Takes an outcome in, durably, before it resolves. */
  takeIn: (outcome: PaymentOutcome, traceparent?: string) => Promise<TakenIn>;
  /** Told about refunds that became due. */
  onRefundDue: () => void;
  /** Told what every report came to, and of those that are ignored, why. */
  onOutcome: (outcome: string) => void;
  /** Told why a webhook was refused. */
  onRefused: OnRefused;
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
    const context = {
      event,
      origin: originOf(event, options.mode),
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    };
    const outcome = await take(options, readReport(event), context);
    options.onOutcome(outcome);
    // The metric tells apart why; to Stripe, what is not ours is `ignored`.
    return {
      status: 200,
      body: { received: true as const, outcome: outcome.startsWith('ignored') ? 'ignored' : outcome },
    };
  });
}

/** @throws {ProblemError} MALFORMED_REQUEST for what Stripe did not sign, or too long ago */
function verify(
  { stripe, secrets, onRefused }: WebhookOptions,
  body: Buffer,
  signature: string | string[] | undefined,
): Stripe.Event {
  if (typeof signature !== 'string') {
    onRefused('missing');
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
  const refusal = whyRefused({ stripe, secrets }, body, signature);
  onRefused(refusal);
  throw new ProblemError('MALFORMED_REQUEST', REFUSED[refusal], { cause: failure });
}

const REFUSED = {
  malformed: 'The Stripe-Signature header, or the body, cannot be read.',
  signature: 'The signature does not match.',
  stale: `The signature is more than ${TOLERANCE_SECONDS} seconds old.`,
};

/** Of a webhook that is refused already. */
function whyRefused(
  { stripe, secrets }: Pick<WebhookOptions, 'stripe' | 'secrets'>,
  body: Buffer,
  signature: string,
): keyof typeof REFUSED {
  const seconds = /(?:^|,)t=(\d+)(?:,|$)/.exec(signature)?.[1];
  if (seconds === undefined || !/(?:^|,)v1=./.test(signature)) return 'malformed';
  const isOld = Date.now() / 1000 - Number(seconds) > TOLERANCE_SECONDS;
  const isSigned = secrets.some((secret) => isSignedBy(stripe, { body, signature, secret }));
  if (isSigned) return isOld ? 'stale' : 'malformed';
  return 'signature';
}

function isSignedBy(
  stripe: Stripe,
  { body, signature, secret }: { body: Buffer; signature: string; secret: string },
): boolean {
  try {
    // No tolerance means that any age is right.
    return stripe.webhooks.signature?.verifyHeader(body, signature, secret, 0) ?? false;
  } catch {
    return false;
  }
}

interface ReportContext {
  event: Stripe.Event;
  origin: StripeOrigin;
  traceparent: string | undefined;
}

async function take(options: WebhookOptions, report: Report, context: ReportContext): Promise<string> {
  if (report.kind === 'ignored') return 'ignored';
  if (context.origin === 'other-account') return 'ignored-other-account';
  // Tickets are given for real money only.
  if (context.origin === 'test-mode') return 'ignored-test-mode';
  const own = await ownReport(options, report);
  if (!own) return 'ignored';
  if (context.origin === 'live-mode') throw refuseRealMoney(options);
  return own.kind === 'outcome' ? takeOutcome(options, own.outcome, context) : keep(options, own, context);
}

/** Undefined: about money that this platform did not ask for, such as another product's on the same Stripe account. */
async function ownReport(
  { db }: WebhookOptions,
  report: Exclude<Report, { kind: 'ignored' }>,
): Promise<OwnReport | undefined> {
  if (report.kind !== 'doubtful') return report;
  const orderId = await orderOfIntent(db.pool, report.intentId);
  return orderId === undefined ? undefined : report.ofOrder(orderId);
}

/** Not settled, since nothing could be refunded or asked about with this key, and not lost: Stripe repeats it for three days. */
function refuseRealMoney({ onOutcome }: WebhookOptions): ProblemError {
  onOutcome('refused-live-mode');
  return unavailable(
    'Stripe reports a payment in live mode, but STRIPE_SECRET_KEY is a test key. Set the live key of the same account.',
  );
}

async function takeOutcome(
  { takeIn, onRefundDue, log }: WebhookOptions,
  outcome: PaymentOutcome,
  { traceparent }: ReportContext,
): Promise<string> {
  const taken = await takeIn(outcome, traceparent);
  logTaken(log, taken, outcome);
  if (taken.kind === 'refund-due') onRefundDue();
  return taken.kind;
}

async function keep(
  { db, log }: WebhookOptions,
  report: Extract<OwnReport, { kind: 'malformed' }>,
  { event }: ReportContext,
): Promise<string> {
  await keepRejected(db.pool, { ...report, content: event });
  const { eventId, type, reason } = report;
  log.error({ eventId, type, reason }, 'payment report kept as rejected');
  return 'rejected';
}

function logTaken(log: Logger, taken: TakenIn, { eventId, type, orderId }: PaymentOutcome): void {
  const context = { ...taken, eventId, type, orderId };
  if (taken.kind === 'rejected')
    log.error({ ...context, why: rejectionText(taken) }, 'payment report kept as rejected');
  else if (taken.kind === 'unrecognized') log.error(context, 'a payment report says something that is not known here');
  else log.debug(context, 'payment report taken in');
}
