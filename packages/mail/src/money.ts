import { kept } from './kept.ts';

/**
 * An amount in minor units as people write it: 4500 EUR → €45.00, 500 JPY → JP¥500, 4500 KWD → KWD 4.500. How many
 * decimals a currency has is what Stripe takes it for, since Stripe gets the same number and charges it. Intl must not
 * be asked: for HUF, IDR, COP and others it says how many decimals are usual in shops, and would be wrong by 100.
 */
export function formatMoney(amountMinor: number, currency: string): string {
  return formatOf(currency).format(amountMinor / 10 ** decimalsOf(currency));
}

const formatOf = kept((currency) => {
  const decimals = decimalsOf(currency);
  return new Intl.NumberFormat('en-GB', {
    style: 'currency',
    currency,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
});

function decimalsOf(currency: string): number {
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}

/** https://docs.stripe.com/currencies#zero-decimal; ISK and UGX are charged as if they had two (#special-cases). */
const ZERO_DECIMAL = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
/** https://docs.stripe.com/currencies#three-decimal, and the two of ISO 4217 that Stripe does not charge. */
const THREE_DECIMAL = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '));
