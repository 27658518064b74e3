import { ApiError, badParameter } from '../api-error.ts';
import { now, type Books, type Charge, type PaymentIntent } from '../books.ts';
import { stripeId } from '../ids.ts';
import { unexpectedState, type Emit } from './payment-intents.ts';
import { paymentBehaviour, type PaymentBehaviour } from './payment-methods.ts';

/**
 * Charges the payment method given, or the one the intent has. A delayed one makes the intent `processing`.
 *
 * @throws 402 card_error when the card declines; 400 when the intent is in a state that cannot be confirmed, or the
 * payment method is of a type that the intent does not allow.
 */
export function confirmIntent(
  books: Books,
  emit: Emit,
  intent: PaymentIntent,
  paymentMethod = intent.payment_method,
): void {
  if (intent.status === 'succeeded' || intent.status === 'canceled' || intent.status === 'processing') {
    throw unexpectedState(intent, `You cannot confirm this PaymentIntent because it has a status of ${intent.status}.`);
  }
  if (paymentMethod === null) {
    throw badParameter('parameter_missing', 'payment_method', 'You cannot confirm without a payment method.');
  }
  const behaviour = paymentBehaviour(paymentMethod);
  checkAllowed(intent, behaviour.type);
  intent.next_action = null;
  switch (behaviour.kind) {
    case 'pays':
      succeed(emit, intent, addCharge(books, intent, paymentMethod, behaviour.type));
      return;
    case 'asks':
      intent.payment_method = paymentMethod;
      intent.status = 'requires_action';
      intent.next_action = { type: 'use_stripe_sdk', use_stripe_sdk: {} };
      emit('payment_intent.requires_action', intent);
      return;
    case 'processes':
      process(emit, intent, addCharge(books, intent, paymentMethod, behaviour.type));
      return;
    case 'declines': {
      const charge = addCharge(books, intent, paymentMethod, behaviour.type);
      const error = fail(emit, intent, charge, behaviour);
      throw new ApiError(402, { ...error, payment_intent: structuredClone(intent) });
    }
  }
}

/**
 * What the bank says in the end about a payment that is `processing`.
 *
 * @throws 400 payment_intent_unexpected_state when it is not.
 */
export function finishProcessing(
  books: Books,
  emit: Emit,
  intent: PaymentIntent,
  outcome: 'succeeded' | 'failed',
): void {
  const charge = books.charges.get(intent.latest_charge ?? '');
  if (intent.status !== 'processing' || !charge) {
    throw unexpectedState(intent, `This PaymentIntent has a status of ${intent.status}, not processing.`);
  }
  if (outcome === 'succeeded') succeed(emit, intent, charge);
  else fail(emit, intent, charge, NO_FUNDS);
}

const NO_FUNDS = {
  code: 'insufficient_funds',
  declineCode: undefined,
  message: "The customer's account has insufficient funds to cover this payment.",
};

function checkAllowed(intent: PaymentIntent, type: string): void {
  if (intent.payment_method_types.includes(type)) return;
  const message =
    `The PaymentMethod provided (${type}) is not allowed for this PaymentIntent. Please attach a PaymentMethod of one ` +
    `of the following types: ${intent.payment_method_types.join(', ')}. Alternatively, update the allowed ` +
    `payment_method_types for this PaymentIntent to include "${type}".`;
  throw badParameter('payment_intent_incompatible_payment_method', 'payment_method', message);
}

function succeed(emit: Emit, intent: PaymentIntent, charge: Charge): void {
  Object.assign(charge, { amount_captured: charge.amount, captured: true, paid: true, status: 'succeeded' });
  intent.amount_received = intent.amount;
  intent.last_payment_error = null;
  intent.latest_charge = charge.id;
  intent.payment_method = charge.payment_method;
  intent.status = 'succeeded';
  emit('charge.succeeded', charge);
  emit('payment_intent.succeeded', intent);
}

function process(emit: Emit, intent: PaymentIntent, charge: Charge): void {
  intent.last_payment_error = null;
  intent.latest_charge = charge.id;
  intent.payment_method = charge.payment_method;
  intent.status = 'processing';
  emit('charge.pending', charge);
  emit('payment_intent.processing', intent);
}

/** The intent can be paid another way afterwards. Returns what is wrong, as the intent shows it too. */
function fail(
  emit: Emit,
  intent: PaymentIntent,
  charge: Charge,
  why: Pick<PaymentBehaviour & { kind: 'declines' }, 'code' | 'message'> & { declineCode: string | undefined },
) {
  const { code, declineCode, message } = why;
  Object.assign(charge, { failure_code: code, failure_message: message, status: 'failed' });
  const declined = declineCode === undefined ? {} : { decline_code: declineCode };
  const error = { type: 'card_error' as const, code, ...declined, message, charge: charge.id };
  intent.last_payment_error = error;
  intent.latest_charge = charge.id;
  intent.payment_method = null;
  intent.status = 'requires_payment_method';
  emit('charge.failed', charge);
  emit('payment_intent.payment_failed', intent);
  return error;
}

/** A charge of the whole intent that nothing is known of yet. */
function addCharge(books: Books, intent: PaymentIntent, paymentMethod: string, type: string): Charge {
  const charge: Charge = {
    // Stripe's prefix for what is not a card.
    id: stripeId(type === 'card' ? 'ch' : 'py'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: 0,
    amount_refunded: 0,
    captured: false,
    created: now(),
    currency: intent.currency,
    disputed: false,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: { ...intent.metadata },
    paid: false,
    payment_intent: intent.id,
    payment_method: paymentMethod,
    refunded: false,
    status: 'pending',
  };
  books.charges.set(charge.id, charge);
  return charge;
}
