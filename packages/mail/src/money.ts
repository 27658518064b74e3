import { displayDecimals } from '@ticketing/types/currency';
import { kept } from './kept.ts';

/**
 * An amount in minor units as people write it: 4500 EUR → €45.00, 500 JPY → JP¥500, 4500 KWD → KWD 4.500. How many
 * decimals a currency has is what Stripe takes it for, since Stripe gets the same number and charges it. Intl must not
 * be asked: for HUF, IDR, COP and others it says how many decimals are usual in shops, and would be wrong by 100.
 */
export function formatMoney(amountMinor: number, currency: string): string {
  return formatOf(currency).format(amountMinor / 10 ** displayDecimals(currency));
}

const formatOf = kept((currency) => {
  const decimals = displayDecimals(currency);
  return new Intl.NumberFormat('en-GB', {
    style: 'currency',
    currency,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
});
