import { ApiError, missing } from '../api-error.ts';
import { now, type Books, type Charge, type Metadata, type PaymentIntent } from '../books.ts';
import { clientSecret, stripeId } from '../ids.ts';
import { paymentBehaviour } from './payment-methods.ts';

/** Tells the world, by webhook. */
export type Emit = (type: string, object: object) => void;

/** All is kept in memory, about 2 kB each with its charge and events. */
const MAX_INTENTS = 200_000;

export interface NewIntent {
  amount: number;
  currency: string;
  captureMethod: PaymentIntent['capture_method'];
  description: string | null;
  metadata: Metadata;
  paymentMethod: string | null;
  paymentMethodTypes: string[];
  excludedPaymentMethodTypes: string[] | null;
  receiptEmail: string | null;
}

export function createIntent(books: Books, emit: Emit, given: NewIntent): PaymentIntent {
  if (books.intents.size >= MAX_INTENTS) {
    const message = `The local Stripe keeps ${MAX_INTENTS} payment intents in memory at most; restart it empty.`;
    throw new ApiError(503, { type: 'api_error', message }, false);
  }
  if (given.paymentMethod !== null) paymentBehaviour(given.paymentMethod);
  const id = stripeId('pi');
  const intent: PaymentIntent = {
    id,
    object: 'payment_intent',
    amount: given.amount,
    amount_received: 0,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: given.captureMethod,
    client_secret: clientSecret(id),
    confirmation_method: 'automatic',
    created: now(),
    currency: given.currency,
    customer: null,
    description: given.description,
    excluded_payment_method_types: given.excludedPaymentMethodTypes,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: given.metadata,
    next_action: null,
    payment_method: given.paymentMethod,
    payment_method_types: given.paymentMethodTypes,
    receipt_email: given.receiptEmail,
    status: given.paymentMethod === null ? 'requires_payment_method' : 'requires_confirmation',
  };
  books.intents.set(id, intent);
  emit('payment_intent.created', intent);
  return intent;
}

/** @throws 404 resource_missing */
export function findIntent(books: Books, id: string): PaymentIntent {
  const intent = books.intents.get(id);
  if (!intent) throw missing('payment_intent', id, 'intent', 404);
  return intent;
}

/** The charge that paid the intent. @throws 400 when none did, or its bank has not said so yet. */
export function findPaidCharge(books: Books, intent: PaymentIntent): Charge {
  const charge = books.charges.get(intent.latest_charge ?? '');
  if (charge?.status === 'succeeded') return charge;
  throw unexpectedState(intent, `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`);
}

/**
 * Stripe cancels a `processing` intent in rare cases only (https://docs.stripe.com/api/payment_intents/cancel); here never.
 *
 * @throws 400 payment_intent_unexpected_state, with the intent, when it is over or processing.
 */
export function cancelIntent(emit: Emit, intent: PaymentIntent, reason: string | null): void {
  if (intent.status === 'succeeded' || intent.status === 'canceled' || intent.status === 'processing') {
    throw unexpectedState(
      intent,
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with ` +
        'one of the following statuses may be canceled: requires_payment_method, requires_capture, ' +
        'requires_confirmation, requires_action, or, in rare cases, processing.',
    );
  }
  intent.status = 'canceled';
  intent.canceled_at = now();
  intent.cancellation_reason = reason;
  intent.next_action = null;
  emit('payment_intent.canceled', intent);
}

/** 400 with the intent as it is, for what its status does not allow. */
export function unexpectedState(intent: PaymentIntent, message: string): ApiError {
  return new ApiError(400, {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message,
    payment_intent: structuredClone(intent),
  });
}
