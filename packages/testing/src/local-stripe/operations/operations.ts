import { ApiError } from '../api-error.ts';
import { retrieveAccount } from './account.ts';
import type { Call, Operation } from './call.ts';
import { listDisputes, retrieveDispute } from './disputes.ts';
import { listEvents, retrieveEvent } from './events.ts';
import {
  cancelPaymentIntent,
  confirmPaymentIntent,
  createPaymentIntent,
  listPaymentIntents,
  retrievePaymentIntent,
} from './payment-intents.ts';
import { createOneRefund, listRefunds, retrieveCharge, retrieveRefund } from './refunds.ts';

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
  ['GET', /^\/v1\/disputes$/, false, listDisputes],
  ['GET', /^\/v1\/disputes\/([^/]+)$/, false, retrieveDispute],
  ['GET', /^\/v1\/events$/, false, listEvents],
  ['GET', /^\/v1\/events\/([^/]+)$/, false, retrieveEvent],
  ['GET', /^\/v1\/account$/, false, retrieveAccount],
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
