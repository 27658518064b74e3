import { ApiError, badParameter, missing } from './api-error.ts';
import { now, type Books, type Charge, type Metadata, type PaymentIntent } from './books.ts';
import { cardBehaviour, type CardBehaviour } from './cards.ts';
import { clientSecret, stripeId } from './ids.ts';

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
  receiptEmail: string | null;
}

export function createIntent(books: Books, emit: Emit, given: NewIntent): PaymentIntent {
  if (books.intents.size >= MAX_INTENTS) {
    const message = `The local Stripe keeps ${MAX_INTENTS} payment intents in memory at most; restart it empty.`;
    throw new ApiError(503, { type: 'api_error', message }, false);
  }
  if (given.paymentMethod !== null) cardBehaviour(given.paymentMethod);
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

/**
 * Charges the payment method given, or the one the intent has.
 *
 * @throws 402 card_error when the card declines, 400 when the intent is in a state that cannot be confirmed.
 */
export function confirmIntent(
  books: Books,
  emit: Emit,
  intent: PaymentIntent,
  paymentMethod = intent.payment_method,
): void {
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    throw unexpectedState(intent, `You cannot confirm this PaymentIntent because it has a status of ${intent.status}.`);
  }
  if (paymentMethod === null) {
    throw badParameter('parameter_missing', 'payment_method', 'You cannot confirm without a payment method.');
  }
  const card = cardBehaviour(paymentMethod);
  intent.next_action = null;
  switch (card.kind) {
    case 'pays':
      succeed(books, emit, intent, paymentMethod);
      return;
    case 'asks':
      intent.payment_method = paymentMethod;
      intent.status = 'requires_action';
      intent.next_action = { type: 'use_stripe_sdk', use_stripe_sdk: {} };
      emit('payment_intent.requires_action', intent);
      return;
    case 'declines':
      return decline(books, emit, intent, paymentMethod, card);
  }
}

/** @throws 400 payment_intent_unexpected_state, with the intent, when it is over. */
export function cancelIntent(emit: Emit, intent: PaymentIntent, reason: string | null): void {
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    throw unexpectedState(
      intent,
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with ` +
        'one of the following statuses may be canceled: requires_payment_method, requires_capture, ' +
        'requires_confirmation, requires_action, processing.',
    );
  }
  intent.status = 'canceled';
  intent.canceled_at = now();
  intent.cancellation_reason = reason;
  intent.next_action = null;
  emit('payment_intent.canceled', intent);
}

function succeed(books: Books, emit: Emit, intent: PaymentIntent, paymentMethod: string): void {
  const charge = chargeFor(intent, paymentMethod);
  books.charges.set(charge.id, charge);
  intent.amount_received = intent.amount;
  intent.last_payment_error = null;
  intent.latest_charge = charge.id;
  intent.payment_method = paymentMethod;
  intent.status = 'succeeded';
  emit('charge.succeeded', charge);
  emit('payment_intent.succeeded', intent);
}

function decline(
  books: Books,
  emit: Emit,
  intent: PaymentIntent,
  paymentMethod: string,
  card: CardBehaviour & { kind: 'declines' },
): never {
  const { code, declineCode, message } = card;
  const failed = { captured: false, paid: false, amount_captured: 0, failure_code: code, failure_message: message };
  const charge: Charge = { ...chargeFor(intent, paymentMethod), ...failed, status: 'failed' };
  books.charges.set(charge.id, charge);
  const error = { type: 'card_error', code, decline_code: declineCode, message, charge: charge.id } as const;
  intent.last_payment_error = error;
  intent.latest_charge = charge.id;
  intent.payment_method = null;
  intent.status = 'requires_payment_method';
  emit('charge.failed', charge);
  emit('payment_intent.payment_failed', intent);
  throw new ApiError(402, { ...error, payment_intent: structuredClone(intent) });
}

function chargeFor(intent: PaymentIntent, paymentMethod: string): Charge {
  return {
    id: stripeId('ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: intent.amount,
    amount_refunded: 0,
    captured: true,
    created: now(),
    currency: intent.currency,
    disputed: false,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: { ...intent.metadata },
    paid: true,
    payment_intent: intent.id,
    payment_method: paymentMethod,
    refunded: false,
    status: 'succeeded',
  };
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
