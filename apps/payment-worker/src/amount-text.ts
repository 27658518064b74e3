import { readableAmount } from '@ticketing/types/currency';

/**
 * An amount as people write it, in the currency's main unit: EUR 45.00, JPY 500, KWD 4.500. A dead letter may hold anything:
 * what is no amount of a currency is shown as it is, and so named.
 */
export function amountText(amountMinor: number | null, currency: string | null): string {
  if (amountMinor === null) return '-';
  if (Number.isSafeInteger(amountMinor) && currency !== null && /^[a-z]{3}$/i.test(currency)) {
    return readableAmount(amountMinor, currency.toUpperCase());
  }
  return currency === null ? `${amountMinor} minor units` : `${amountMinor} minor units of ${currency}`;
}
