import type { Batcher } from '@ticketing/order-core/batcher';
import type { OrdersDatabase } from '@ticketing/order-core/database';
import type { CheckedInTicket } from '@ticketing/order-core/check-in';
import { mayManageOrder } from '@ticketing/order-core/event-rights';
import { endAttempt, readPayable, recordIntent, type Payable } from '@ticketing/order-core/payments';
import { readOrder } from '@ticketing/order-core/read';
import { refundOrders } from '@ticketing/order-core/refund';
import { cancelOrder } from '@ticketing/order-core/release';
import type { HttpApp } from '@ticketing/service-kit/http-app';
import { present } from '@ticketing/service-kit/present';
import { ProblemError } from '@ticketing/service-kit/problem';
import * as operations from '@ticketing/types/order';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import Stripe from 'stripe';
import type { StripeAccess } from '@ticketing/order-effects/stripe-access';
import { cancelIntent, PaymentProcessing } from '@ticketing/order-effects/stripe-intent';
import { noSuchOrder, viewer } from './order-http.ts';
import { stripeProblem } from '@ticketing/order-effects/stripe';
import { excludedMethods } from './payment-methods.ts';
import type { Settled } from '@ticketing/order-core/settling';

export interface PaymentHttpOptions extends StripeAccess {
  db: OrdersDatabase;
  settling: Batcher<PaymentOutcome, Settled>;
  /** Told about refunds that became due. */
  onRefundDue: () => void;
  /** Whether buyers may pay in ways that take days. */
  offersDelayedMethods: boolean;
}

/** Starting a payment, cancelling a hold, refunding. */
export function implementPayments(http: HttpApp, options: PaymentHttpOptions): void {
  const { db } = options;

  http.implement(operations.startPayment, async ({ params, user }) => {
    const payable = await readPayable(db.pool, params.id, user.sub);
    if (!payable) throw noSuchOrder();
    if (payable.kind === 'not-payable') throw wrongState('paid for', payable.status);
    if (payable.intentId === null && !(await createIntent(options, payable))) throw wrongState('paid for', 'expired');
    return { status: 200, body: present(await readOrder(db, params.id, viewer(user))) };
  });

  http.implement(operations.cancelOrder, async ({ params, user }) => {
    await cancel(options, params.id, user.sub);
    return { status: 200, body: present(await readOrder(db, params.id, viewer(user))) };
  });

  http.implement(operations.refundOrder, async ({ params: { id }, body: { includeCheckedIn }, user }) => {
    const mayManage = await mayManageOrder(db.pool, id, viewer(user));
    if (mayManage === undefined) throw noSuchOrder();
    if (!mayManage) throw new ProblemError('FORBIDDEN', 'Only who manages its event can refund this order.');
    const asked = present((await refundOrders(db.pool, [id], 'requested', { includeCheckedIn })).get(id));
    if (asked.kind === 'not-paid') throw wrongState('refunded', asked.status);
    if (asked.kind === 'checked-in') throw alreadyCheckedIn(asked.tickets);
    options.onRefundDue();
    return { status: 202, body: present(await readOrder(db, id, viewer(user))) };
  });
}

/** Names the tickets by their ids: their codes are good for entry, and problems end up in logs. */
function alreadyCheckedIn(tickets: CheckedInTicket[]): ProblemError {
  const count = tickets.length === 1 ? 'A ticket' : `${tickets.length} tickets`;
  return new ProblemError(
    'ALREADY_CHECKED_IN',
    `${count} of this order ${tickets.length === 1 ? 'was' : 'were'} checked in. ` +
      'To refund it all the same, send {"includeCheckedIn":true}.',
    {
      extra: {
        tickets: tickets.map(({ id, ticketTypeId, checkedInAt }) => ({
          ...{ id, ticketTypeId },
          checkedInAt: checkedInAt.toISOString(),
        })),
      },
    },
  );
}

function wrongState(wish: string, status: string): ProblemError {
  return new ProblemError('ORDER_STATE', `The order is ${status} and cannot be ${wish}.`, {
    extra: { orderStatus: status },
  });
}

function beingProcessed(cause: PaymentProcessing): ProblemError {
  const detail =
    'A payment of this order is being processed by the bank, which can take days. The order cannot be cancelled before ' +
    'it is known whether that succeeds.';
  return new ProblemError('ORDER_STATE', detail, { cause, extra: { orderStatus: 'pending' } });
}

/** Makes the intent at Stripe and records it. False: the hold ended in the meantime, and nobody can pay the intent. */
async function createIntent(
  { db, stripe, limiter, account, offersDelayedMethods }: PaymentHttpOptions,
  payable: Extract<Payable, { kind: 'payable' }>,
) {
  const { orderId, eventId, email, total, currency, attempt, startsAt } = payable;
  await limiter.admit();
  let intent: Stripe.PaymentIntent;
  try {
    intent = await stripe.paymentIntents.create(
      {
        amount: total,
        currency: currency.toLowerCase(),
        automatic_payment_methods: { enabled: true },
        ...excludedMethods({ offersDelayedMethods, startsAt }),
        receipt_email: email,
        metadata: { order_id: orderId, event_id: eventId },
      },
      // The same attempt made twice is one intent, also when two requests of the buyer race.
      { idempotencyKey: `order-${orderId}-payment-${attempt}` },
    );
  } catch (error) {
    if (isFinal(error)) await endAttempt(db.pool, orderId);
    throw stripeProblem(error);
  }
  const accountId = await account.id();
  return recordIntent(db.pool, { orderId, intentId: intent.id, clientSecret: intent.client_secret, accountId });
}

/** Whether Stripe would replay this failure for the same key: it has answered, and not that it is busy. */
function isFinal(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeError &&
    !(error instanceof Stripe.errors.StripeConnectionError) &&
    !(error instanceof Stripe.errors.StripeRateLimitError) &&
    error.code !== 'idempotency_key_in_use'
  );
}

/** Rounds of cancelling: a buyer may start another payment between two of them, but not for ever. */
const MAX_ROUNDS = 3;

/**
 * Ends a hold at the buyer's wish. A payment that was started is cancelled at Stripe first; if the money came before
 * that, the order is paid and cannot be cancelled.
 */
async function cancel(options: PaymentHttpOptions, orderId: string, buyerId: string) {
  const { db, limiter, settling } = options;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const cancelled = await cancelOrder(db.pool, orderId, buyerId);
    if (!cancelled) throw noSuchOrder();
    if (cancelled.kind === 'cancelled') return;
    if (cancelled.kind === 'not-pending') throw wrongState('cancelled', cancelled.status);
    for (const intent of cancelled.intents) {
      await limiter.admit();
      const outcome = await cancelIntent(options, { orderId, ...intent }).catch((error: unknown) => {
        throw error instanceof PaymentProcessing ? beingProcessed(error) : stripeProblem(error, 'cancel');
      });
      await settling.submit(outcome);
    }
  }
  throw new ProblemError('REQUEST_IN_FLIGHT', 'A payment of this order is under way. Try again shortly.', {
    headers: { 'Retry-After': '1' },
  });
}
