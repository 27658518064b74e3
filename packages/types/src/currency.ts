/**
 * Which currencies Stripe charges, and which amounts of them. All amounts are integers in Stripe's minor unit.
 * Source of every rule here: https://docs.stripe.com/currencies
 */

/**
 * Largest amount Stripe takes, in minor units: eight digits
 * (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
 */
export const MAX_AMOUNT_MINOR = 99_999_999;

/** Currencies that Stripe charges, as upper-case ISO 4217 codes (https://docs.stripe.com/currencies#presentment-currencies). */
export const supportedCurrencies: readonly string[] = `
  AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD
  CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD
  HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL
  MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG
  QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TND TOP TRY TTD TWD TZS UAH
  UGX USD UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW`
  .trim()
  .split(/\s+/);

/** Why Stripe would refuse to charge an amount, and which amounts it would take. */
export interface AmountFault {
  kind: 'currency-unsupported' | 'too-small' | 'too-large' | 'not-a-multiple';
  /** One sentence without a subject: `must be at least 50 (EUR 0.50), the smallest charge in EUR`. */
  message: string;
}

/** What keeps Stripe from charging `amountMinor` of `currency` (upper case); undefined when it can be charged. */
export function amountFault(amountMinor: number, currency: string): AmountFault | undefined {
  if (!isSupportedCurrency(currency)) {
    return {
      kind: 'currency-unsupported',
      message: `must be in a currency that Stripe charges, which ${currency} is not`,
    };
  }
  const smallest = smallestCharge(currency);
  if (amountMinor < smallest) {
    const message = `must be at least ${written(smallest, currency)}, the smallest charge in ${currency}`;
    return { kind: 'too-small', message };
  }
  const largest = largestCharge(currency);
  if (amountMinor > largest) {
    const message = `must be at most ${written(largest, currency)}, the largest charge in ${currency}`;
    return { kind: 'too-large', message };
  }
  const step = amountStep(currency);
  if (amountMinor % step !== 0) {
    const below = Math.max(smallest, amountMinor - (amountMinor % step));
    const message = `must be a multiple of ${step} in ${currency}, like ${written(below, currency)}`;
    return { kind: 'not-a-multiple', message };
  }
  return undefined;
}

/** As `amountFault`, for the price of something that may also be free: nobody charges that, in whatever currency. */
export function priceFault(priceMinor: number, currency: string): AmountFault | undefined {
  if (priceMinor === 0) return undefined;
  const fault = amountFault(priceMinor, currency);
  if (fault?.kind !== 'too-small') return fault;
  return { kind: fault.kind, message: fault.message.replace('must be at least', 'must be 0 or at least') };
}

/** Whether Stripe charges the currency; the code is upper case. */
export function isSupportedCurrency(currency: string): boolean {
  return supported.has(currency);
}

/** Digits after the decimal point: 4500 EUR is 45.00, 500 JPY is 500, 4500 KWD is 4.500. Two for unknown currencies. */
export function displayDecimals(currency: string): 0 | 2 | 3 {
  if (zeroDecimal.has(currency)) return 0;
  return threeDecimal.has(currency) ? 3 : 2;
}

/** Amounts must be a multiple of this. */
export function amountStep(currency: string): 1 | 10 | 100 {
  if (hundredStep.has(currency)) return 100;
  return steppedByTen.has(currency) ? 10 : 1;
}

/** The least that Stripe charges; one step where it names no least amount. */
export function smallestCharge(currency: string): number {
  return minimum.get(currency) ?? amountStep(currency);
}

/** The most that Stripe charges: the largest multiple of the step that has eight digits. */
export function largestCharge(currency: string): number {
  return MAX_AMOUNT_MINOR - (MAX_AMOUNT_MINOR % amountStep(currency));
}

/** An amount for messages and logs, the same in every language: `EUR 45.00`. Emails format money by themselves. */
export function readableAmount(amountMinor: number, currency: string): string {
  const decimals = displayDecimals(currency);
  return `${currency} ${(amountMinor / 10 ** decimals).toFixed(decimals)}`;
}

function written(amountMinor: number, currency: string): string {
  return `${amountMinor} (${readableAmount(amountMinor, currency)})`;
}

const supported = new Set(supportedCurrencies);

/** https://docs.stripe.com/currencies#zero-decimal */
const zeroDecimal = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));

/** https://docs.stripe.com/currencies#three-decimal: three decimals, of which the last must be 0. */
const steppedByTen = new Set('BHD JOD KWD OMR TND'.split(' '));

/** Besides, the two of ISO 4217 that Stripe does not charge, which old events may have. */
const threeDecimal = new Set([...steppedByTen, 'IQD', 'LYD']);

/** https://docs.stripe.com/currencies#special-cases: charged as if they had two decimals, which must both be 0. */
const hundredStep = new Set(['ISK', 'UGX']);

/** https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts */
const minimum = new Map(
  Object.entries({
    ...{ AED: 200, AUD: 50, BGN: 100, BRL: 50, CAD: 50, CHF: 50, CZK: 1500, DKK: 250, EUR: 50, GBP: 30, HKD: 400 },
    ...{ HUF: 17500, INR: 50, JPY: 50, MXN: 1000, MYR: 200, NOK: 300, NZD: 50, PLN: 200, RON: 200, SEK: 300 },
    ...{ SGD: 50, THB: 1000, USD: 50 },
  }),
);
