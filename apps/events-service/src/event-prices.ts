import { priceFault } from '@ticketing/types/currency';
import type { StoredEvent } from './event.ts';

export interface Prices {
  currency: string;
  /** Absent for a new event. */
  currencyBefore?: string;
  ticketTypes: PricedTicketType[];
}

export interface PricedTicketType {
  name: string;
  price: number;
  /** Absent for a new ticket type. */
  priceBefore?: number;
  /** Where it is in the request and what is given there; absent: the request leaves it as it is. */
  request?: { path: string; given: { price?: unknown } };
}

/**
 * Prices that nobody could pay, of those that the request changes: an event that was there before this rule keeps its
 * prices, and its other fields can be changed.
 */
export function priceFaults({ currency, currencyBefore, ticketTypes }: Prices): { path: string; message: string }[] {
  return ticketTypes.flatMap(({ name, price, priceBefore, request }) => {
    if (currency === currencyBefore && price === priceBefore) return [];
    const fault = priceFault(price, currency);
    if (!fault) return [];
    return request?.given.price === undefined
      ? [{ path: 'currency', message: `does not fit the price of "${name}", which ${fault.message}` }]
      : [{ path: `${request.path}.price`, message: fault.message }];
  });
}

/** Why an event cannot go on sale at its prices, if so: a draft may be older than the rule. */
export function unpayable({
  currency,
  ticketTypes,
}: Pick<StoredEvent, 'currency' | 'ticketTypes'>): string | undefined {
  for (const { name, price } of ticketTypes) {
    const fault = priceFault(price, currency);
    if (fault) return `The price of "${name}" ${fault.message}. Change it first.`;
  }
  return undefined;
}
