import { ApiError, badParameter, missing } from './api-error.ts';
import type { Caller } from './access.ts';
import type { Books, Charge, PaymentIntent, Refund } from './books.ts';
import { allowOnly, expansions, integer, metadata, oneOf, required, text, type Parameters } from './parameters.ts';
import {
  cancelIntent,
  confirmIntent,
  createIntent,
  findIntent,
  unexpectedState,
  type Emit,
} from './payment-intents.ts';
import { createRefund } from './refunds.ts';

export interface Call {
  books: Books;
  emit: Emit;
  caller: Caller;
  parameters: Parameters;
  /** The id in the path, if there is one. */
  id: string;
}

type Operation = (call: Call) => unknown;

/** The part of Stripe's API that is here: method and path → what it does. */
const operations: [method: string, path: RegExp, open: boolean, operation: Operation][] = [
  ['POST', /^\/v1\/payment_intents$/, false, createPaymentIntent],
  ['GET', /^\/v1\/payment_intents$/, false, listPaymentIntents],
  ['GET', /^\/v1\/payment_intents\/([^/]+)$/, true, retrievePaymentIntent],
  ['POST', /^\/v1\/payment_intents\/([^/]+)\/confirm$/, true, confirmPaymentIntent],
  ['POST', /^\/v1\/payment_intents\/([^/]+)\/cancel$/, false, cancelPaymentIntent],
  ['GET', /^\/v1\/charges\/([^/]+)$/, false, retrieveCharge],
  ['POST', /^\/v1\/refunds$/, false, createOneRefund],
  ['GET', /^\/v1\/refunds$/, false, listRefunds],
  ['GET', /^\/v1\/refunds\/([^/]+)$/, false, retrieveRefund],
];

/** Carries out one API call and returns the object to answer with. @throws {ApiError} for everything else. */
export function perform(method: string, path: string, call: Omit<Call, 'id'>): unknown {
  for (const [itsMethod, pattern, open, operation] of operations) {
    const match = itsMethod === method ? pattern.exec(path) : null;
    if (!match) continue;
    if (call.caller === 'browser' && !open) {
      const message = 'This API call cannot be made with a publishable API key. Please use a secret API key.';
      throw new ApiError(403, { type: 'invalid_request_error', code: 'secret_key_required', message }, false);
    }
    return operation({ ...call, id: match[1] ?? '' });
  }
  const message = `Unrecognized request URL (${method}: ${path}).`;
  throw new ApiError(404, { type: 'invalid_request_error', message }, false);
}

function createPaymentIntent({ books, emit, parameters }: Call): unknown {
  allowOnly(parameters, [
    ...['amount', 'automatic_payment_methods', 'capture_method', 'confirm', 'currency', 'description', 'expand'],
    ...['metadata', 'payment_method', 'payment_method_types', 'receipt_email', 'return_url'],
    ...['statement_descriptor_suffix', 'statement_descriptor', 'off_session'],
  ]);
  const currency = required(text(parameters, 'currency'), 'currency');
  if (!/^[a-z]{3}$/.test(currency)) {
    throw badParameter('parameter_invalid', 'currency', `Invalid currency: ${currency}. Three lower-case letters.`);
  }
  const types = parameters.payment_method_types;
  const given = {
    amount: required(integer(parameters, 'amount', 1, 99_999_999), 'amount'),
    currency,
    captureMethod: oneOf(parameters, 'capture_method', ['automatic', 'automatic_async']) ?? 'automatic_async',
    description: text(parameters, 'description') ?? null,
    metadata: metadata(parameters),
    paymentMethod: text(parameters, 'payment_method') ?? null,
    paymentMethodTypes: typeof types === 'object' ? Object.values(types).map(String) : ['card'],
    receiptEmail: text(parameters, 'receipt_email') ?? null,
  };
  const expand = expansions(parameters, ['latest_charge']);
  const confirm = oneOf(parameters, 'confirm', ['true', 'false']) === 'true';
  if (confirm) required(given.paymentMethod ?? undefined, 'payment_method');
  const intent = createIntent(books, emit, given);
  if (confirm) confirmIntent(books, emit, intent);
  return showIntent(books, intent, expand);
}

function retrievePaymentIntent({ books, parameters, caller, id }: Call): unknown {
  allowOnly(parameters, ['expand', 'client_secret']);
  const intent = findIntent(books, id);
  if (caller === 'browser') checkClientSecret(intent, parameters);
  return showIntent(books, intent, expansions(parameters, ['latest_charge']));
}

function listPaymentIntents({ books, parameters }: Call): unknown {
  allowOnly(parameters, ['limit', 'starting_after', 'ending_before', 'created', 'expand']);
  return list('/v1/payment_intents', [...books.intents.values()], parameters);
}

function confirmPaymentIntent({ books, emit, parameters, caller, id }: Call): unknown {
  allowOnly(parameters, [
    ...['client_secret', 'expand', 'off_session', 'payment_method', 'receipt_email', 'return_url', 'use_stripe_sdk'],
  ]);
  const intent = findIntent(books, id);
  if (caller === 'browser') checkClientSecret(intent, parameters);
  const expand = expansions(parameters, ['latest_charge']);
  confirmIntent(books, emit, intent, text(parameters, 'payment_method'));
  return showIntent(books, intent, expand);
}

function cancelPaymentIntent({ books, emit, parameters, id }: Call): unknown {
  allowOnly(parameters, ['cancellation_reason', 'expand']);
  const reasons = ['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'] as const;
  const reason = oneOf(parameters, 'cancellation_reason', reasons) ?? null;
  const expand = expansions(parameters, ['latest_charge']);
  const intent = findIntent(books, id);
  cancelIntent(emit, intent, reason);
  return showIntent(books, intent, expand);
}

function retrieveCharge({ books, parameters, id }: Call): Charge {
  allowOnly(parameters, ['expand']);
  const charge = books.charges.get(id);
  if (!charge) throw missing('charge', id, 'id', 404);
  return charge;
}

function createOneRefund({ books, emit, parameters }: Call): unknown {
  allowOnly(parameters, ['amount', 'charge', 'expand', 'metadata', 'payment_intent', 'reason']);
  const amount = integer(parameters, 'amount', 1, 99_999_999);
  const reasons = ['duplicate', 'fraudulent', 'requested_by_customer'] as const;
  const given = { amount, reason: oneOf(parameters, 'reason', reasons) ?? null, metadata: metadata(parameters) };
  const expand = expansions(parameters, ['charge', 'payment_intent']);
  return showRefund(books, createRefund(books, emit, chargeToRefund(books, parameters), given), expand);
}

function chargeToRefund(books: Books, parameters: Parameters): Charge {
  const intentId = text(parameters, 'payment_intent');
  if (intentId === undefined) {
    const chargeId = required(text(parameters, 'charge'), 'payment_intent');
    const charge = books.charges.get(chargeId);
    if (charge?.status !== 'succeeded') throw missing('charge', chargeId, 'charge', 400);
    return charge;
  }
  const intent = books.intents.get(intentId);
  if (!intent) throw missing('payment_intent', intentId, 'payment_intent', 400);
  const charge = books.charges.get(intent.latest_charge ?? '');
  if (charge?.status !== 'succeeded') {
    throw unexpectedState(intent, `This PaymentIntent (${intentId}) does not have a successful charge to refund.`);
  }
  return charge;
}

function retrieveRefund({ books, parameters, id }: Call): unknown {
  allowOnly(parameters, ['expand']);
  const refund = books.refunds.get(id);
  if (!refund) throw missing('refund', id, 'id', 404);
  return showRefund(books, refund, expansions(parameters, ['charge', 'payment_intent']));
}

function listRefunds({ books, parameters }: Call): unknown {
  allowOnly(parameters, ['limit', 'starting_after', 'payment_intent', 'charge', 'expand']);
  const intent = text(parameters, 'payment_intent');
  const charge = text(parameters, 'charge');
  const found = [...books.refunds.values()].filter(
    (refund) =>
      refund.payment_intent === (intent ?? refund.payment_intent) && refund.charge === (charge ?? refund.charge),
  );
  return list('/v1/refunds', found, parameters);
}

/** A page, newest first. */
function list(url: string, oldestFirst: { id: string }[], parameters: Parameters): unknown {
  const limit = integer(parameters, 'limit', 1, 100) ?? 10;
  const after = text(parameters, 'starting_after');
  const found = oldestFirst.reverse();
  const start = after === undefined ? 0 : found.findIndex(({ id }) => id === after) + 1;
  const data = found.slice(start, start + limit);
  return { object: 'list', data, has_more: found.length > start + limit, url };
}

function checkClientSecret(intent: PaymentIntent, parameters: Parameters): void {
  if (text(parameters, 'client_secret') === intent.client_secret) return;
  const message = 'The client_secret provided does not match the client_secret associated with the PaymentIntent.';
  throw badParameter('payment_intent_invalid_parameter', 'client_secret', message);
}

function showIntent(books: Books, intent: PaymentIntent, expand: Set<string>): unknown {
  if (!expand.has('latest_charge') || intent.latest_charge === null) return intent;
  return { ...intent, latest_charge: books.charges.get(intent.latest_charge) };
}

function showRefund(books: Books, refund: Refund, expand: Set<string>): unknown {
  return {
    ...refund,
    ...(expand.has('charge') ? { charge: books.charges.get(refund.charge) } : {}),
    ...(expand.has('payment_intent') ? { payment_intent: books.intents.get(refund.payment_intent) } : {}),
  };
}
