import { readableAmount } from '@ticketing/types/currency';
import type { Money, Rejection } from './settling.ts';

/** Why a report can never settle, in a sentence for whoever has to decide about it. */
export function rejectionText(rejection: Rejection): string {
  const { orderId } = rejection;
  switch (rejection.reason) {
    case 'unknown-order':
      return `There is no order ${orderId}.`;
    case 'amount-mismatch':
      return `Expected ${text(rejection.expected)} for order ${orderId}, but Stripe reported ${text(rejection.reported)}.`;
    case 'malformed':
      return 'The report could not be read.';
  }
}

function text({ amountMinor, currency }: Money): string {
  return readableAmount(amountMinor, currency);
}
