import { missing } from '../api-error.ts';
import type { Books, Charge, Refund } from '../books.ts';
import { findPaidCharge } from '../payments/payment-intents.ts';
import { createRefund } from '../payments/refunds.ts';
import type { Call } from './call.ts';
import { list, listParameters } from './lists.ts';
import { allowOnly, expansions, integer, metadata, oneOf, required, text, type Parameters } from './parameters.ts';

export function retrieveCharge({ books, parameters, id }: Call): Charge {
  allowOnly(parameters, ['expand']);
  const charge = books.charges.get(id);
  if (!charge) throw missing('charge', id, 'id', 404);
  return charge;
}

export function createOneRefund({ books, emit, refundFates, parameters }: Call): unknown {
  allowOnly(parameters, ['amount', 'charge', 'expand', 'metadata', 'payment_intent', 'reason']);
  const amount = integer(parameters, 'amount', 1, 99_999_999);
  const reasons = ['duplicate', 'fraudulent', 'requested_by_customer'] as const;
  const given = { amount, reason: oneOf(parameters, 'reason', reasons) ?? null, metadata: metadata(parameters) };
  const expand = expansions(parameters, ['charge', 'payment_intent']);
  const charge = chargeToRefund(books, parameters);
  return showRefund(books, createRefund(books, emit, charge, given, refundFates), expand);
}

export function retrieveRefund({ books, parameters, id }: Call): unknown {
  allowOnly(parameters, ['expand']);
  const refund = books.refunds.get(id);
  if (!refund) throw missing('refund', id, 'id', 404);
  return showRefund(books, refund, expansions(parameters, ['charge', 'payment_intent']));
}

export function listRefunds({ books, parameters }: Call): unknown {
  allowOnly(parameters, [...listParameters, 'payment_intent', 'charge']);
  const intent = text(parameters, 'payment_intent');
  const charge = text(parameters, 'charge');
  const expand = expansions(parameters, ['data.charge', 'data.payment_intent']);
  const listing = list('/v1/refunds', 'refund', [...books.refunds.values()], parameters, (refund) => {
    return refund.payment_intent === (intent ?? refund.payment_intent) && refund.charge === (charge ?? refund.charge);
  });
  const expandEach = new Set([...expand].map((name) => name.slice('data.'.length)));
  return { ...listing, data: listing.data.map((refund) => showRefund(books, refund, expandEach)) };
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
  return findPaidCharge(books, intent);
}

function showRefund(books: Books, refund: Refund, expand: Set<string>): unknown {
  return {
    ...refund,
    ...(expand.has('charge') ? { charge: books.charges.get(refund.charge) } : {}),
    ...(expand.has('payment_intent') ? { payment_intent: books.intents.get(refund.payment_intent) } : {}),
  };
}
