import { amountFault, amountStep, isSupportedCurrency, supportedCurrencies } from '@ticketing/types/currency';
import { badParameter, indivisible } from '../api-error.ts';
import type { Books, PaymentIntent } from '../books.ts';
import { confirmIntent } from '../payments/confirm-intent.ts';
import { cancelIntent, createIntent, findIntent, type NewIntent } from '../payments/payment-intents.ts';
import { automaticTypes, isPaymentMethodType } from '../payments/payment-methods.ts';
import type { Call } from './call.ts';
import { list, listParameters } from './lists.ts';
import {
  allowOnly,
  expansions,
  integer,
  metadata,
  oneOf,
  required,
  text,
  textList,
  type Parameters,
} from './parameters.ts';

export function createPaymentIntent({ books, emit, parameters }: Call): unknown {
  allowOnly(parameters, [
    ...['amount', 'automatic_payment_methods', 'capture_method', 'confirm', 'currency', 'description', 'expand'],
    ...['excluded_payment_method_types', 'metadata', 'payment_method', 'payment_method_types', 'receipt_email'],
    ...['return_url', 'statement_descriptor_suffix', 'statement_descriptor', 'off_session'],
  ]);
  const given: NewIntent = {
    ...amountToPay(parameters),
    captureMethod: oneOf(parameters, 'capture_method', ['automatic', 'automatic_async']) ?? 'automatic_async',
    description: text(parameters, 'description') ?? null,
    metadata: metadata(parameters),
    paymentMethod: text(parameters, 'payment_method') ?? null,
    ...typesToPayWith(parameters),
    receiptEmail: text(parameters, 'receipt_email') ?? null,
  };
  const expand = expansions(parameters, ['latest_charge']);
  const confirm = oneOf(parameters, 'confirm', ['true', 'false']) === 'true';
  if (confirm) required(given.paymentMethod ?? undefined, 'payment_method');
  const intent = createIntent(books, emit, given);
  if (confirm) confirmIntent(books, emit, intent);
  return showIntent(books, intent, expand);
}

export function retrievePaymentIntent({ books, parameters, caller, id }: Call): unknown {
  allowOnly(parameters, ['expand', 'client_secret']);
  const intent = findIntent(books, id);
  if (caller === 'browser') checkClientSecret(intent, parameters);
  return showIntent(books, intent, expansions(parameters, ['latest_charge']));
}

export function listPaymentIntents({ books, parameters }: Call): unknown {
  allowOnly(parameters, listParameters);
  return list('/v1/payment_intents', 'payment_intent', [...books.intents.values()], parameters);
}

export function confirmPaymentIntent({ books, emit, parameters, caller, id }: Call): unknown {
  allowOnly(parameters, [
    ...['client_secret', 'expand', 'off_session', 'payment_method', 'receipt_email', 'return_url', 'use_stripe_sdk'],
  ]);
  const intent = findIntent(books, id);
  if (caller === 'browser') checkClientSecret(intent, parameters);
  const expand = expansions(parameters, ['latest_charge']);
  confirmIntent(books, emit, intent, text(parameters, 'payment_method'));
  return showIntent(books, intent, expand);
}

export function cancelPaymentIntent({ books, emit, parameters, id }: Call): unknown {
  allowOnly(parameters, ['cancellation_reason', 'expand']);
  const reasons = ['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'] as const;
  const reason = oneOf(parameters, 'cancellation_reason', reasons) ?? null;
  const expand = expansions(parameters, ['latest_charge']);
  const intent = findIntent(books, id);
  cancelIntent(emit, intent, reason);
  return showIntent(books, intent, expand);
}

/** Codes: https://docs.stripe.com/error-codes, and for whole units only https://docs.stripe.com/currencies#special-cases */
function amountToPay(parameters: Parameters): Pick<NewIntent, 'amount' | 'currency'> {
  const currency = required(text(parameters, 'currency'), 'currency');
  const code = currency.toUpperCase();
  if (currency !== currency.toLowerCase() || !isSupportedCurrency(code)) {
    const known = supportedCurrencies.map((supported) => supported.toLowerCase()).join(', ');
    const message = `Invalid currency: ${currency}. Stripe currently supports these currencies: ${known}`;
    throw badParameter('parameter_invalid', 'currency', message);
  }
  const amount = required(integer(parameters, 'amount', 1, Number.MAX_SAFE_INTEGER), 'amount');
  const fault = amountFault(amount, code);
  switch (fault?.kind) {
    case 'too-small':
      throw badParameter('amount_too_small', 'amount', `Amount ${fault.message}.`);
    case 'too-large':
      throw badParameter('amount_too_large', 'amount', `Amount ${fault.message}.`);
    case 'currency-unsupported':
    case 'not-a-multiple':
      throw indivisible(code, amountStep(code));
    case undefined:
      return { amount, currency };
  }
}

/** With neither parameter, Stripe offers what fits the currency, as with `automatic_payment_methods`. */
function typesToPayWith(parameters: Parameters): Pick<NewIntent, 'paymentMethodTypes' | 'excludedPaymentMethodTypes'> {
  const given = typeList(parameters, 'payment_method_types');
  const excluded = typeList(parameters, 'excluded_payment_method_types');
  const automatic = parameters.automatic_payment_methods;
  if (given && typeof automatic === 'object' && automatic.enabled === 'true') {
    const message = 'You may only specify one of these parameters: automatic_payment_methods, payment_method_types.';
    throw badParameter('parameters_exclusive', 'payment_method_types', message);
  }
  const offered = given ?? automaticTypes((text(parameters, 'currency') ?? '').toLowerCase());
  return {
    paymentMethodTypes: offered.filter((type) => !excluded?.includes(type)),
    excludedPaymentMethodTypes: excluded ?? null,
  };
}

function typeList(parameters: Parameters, name: string): string[] | undefined {
  const types = textList(parameters, name);
  const unknown = types?.find((type) => !isPaymentMethodType(type));
  if (unknown !== undefined) {
    throw badParameter('parameter_invalid', name, `Invalid ${name}: ${unknown} is no payment method type.`);
  }
  return types;
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
