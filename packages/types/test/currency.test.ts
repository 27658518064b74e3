import { describe, expect, test } from 'vitest';
import {
  amountFault,
  amountStep,
  displayDecimals,
  largestCharge,
  MAX_AMOUNT_MINOR,
  priceFault,
  readableAmount,
  smallestCharge,
  supportedCurrencies,
} from '../src/currency.ts';

const kindOf = (amountMinor: number, currency: string) => amountFault(amountMinor, currency)?.kind;

describe.each(supportedCurrencies)('in %s', (currency) => {
  const smallest = smallestCharge(currency);
  const step = amountStep(currency);
  const largest = largestCharge(currency);

  test('exactly the multiples of the step from the smallest to the largest charge are chargeable', () => {
    expect(smallest % step).toBe(0);
    for (const amount of [smallest, smallest + step, largest]) expect(kindOf(amount, currency)).toBeUndefined();
    for (const amount of [-step, 0, smallest - 1, smallest - step]) expect(kindOf(amount, currency)).toBe('too-small');
    for (const amount of [largest + 1, MAX_AMOUNT_MINOR + 1]) expect(kindOf(amount, currency)).toBe('too-large');
    for (let beside = 1; beside < step; beside += 1) {
      expect(kindOf(smallest + beside, currency)).toBe('not-a-multiple');
    }
  });

  test('every fault names an amount that would be right', () => {
    for (const wrong of [-1, 0, smallest - 1, smallest + step - 1, largest - step + 1, largest + 1, 2 ** 40]) {
      const fault = amountFault(wrong, currency);
      if (!fault) continue;
      const [, right, readable] = /(\d+) \(([^)]+)\)/.exec(fault.message) ?? [];
      expect(amountFault(Number(right), currency)).toBeUndefined();
      expect(readable).toBe(readableAmount(Number(right), currency));
    }
  });

  test('a price is chargeable or free', () => {
    expect(priceFault(0, currency)).toBeUndefined();
    for (const price of [smallest - 1, smallest, smallest + 1, largest, largest + 1]) {
      const expected = price === 0 ? undefined : kindOf(price, currency);
      expect(priceFault(price, currency)?.kind).toBe(expected);
    }
  });
});

test.each([
  ['EUR', 30, 'must be at least 50 (EUR 0.50), the smallest charge in EUR'],
  ['KWD', 1001, 'must be a multiple of 10 in KWD, like 1000 (KWD 1.000)'],
  ['UGX', 5, 'must be at least 100 (UGX 1.00), the smallest charge in UGX'],
  ['ISK', 4550, 'must be a multiple of 100 in ISK, like 4500 (ISK 45.00)'],
  ['JPY', 49, 'must be at least 50 (JPY 50), the smallest charge in JPY'],
  ['KWD', 100_000_000, 'must be at most 99999990 (KWD 99999.990), the largest charge in KWD'],
  ['CUP', 5000, 'must be in a currency that Stripe charges, which CUP is not'],
])('%s %i: %s', (currency, amountMinor, message) => {
  expect(amountFault(amountMinor, currency)?.message).toBe(message);
});

test('a price that is too small may be 0 instead', () => {
  expect(priceFault(30, 'EUR')?.message).toBe('must be 0 or at least 50 (EUR 0.50), the smallest charge in EUR');
  expect(priceFault(0, 'CUP')).toBeUndefined();
  expect(priceFault(100, 'CUP')?.kind).toBe('currency-unsupported');
});

test('decimals are those that Stripe counts in, whatever is usual in shops', () => {
  for (const currency of ['EUR', 'HUF', 'IDR', 'COP', 'TWD', 'ISK', 'UGX']) expect(displayDecimals(currency)).toBe(2);
  for (const currency of ['JPY', 'KRW', 'MGA', 'XAF']) expect(displayDecimals(currency)).toBe(0);
  for (const currency of ['KWD', 'BHD', 'TND']) expect(displayDecimals(currency)).toBe(3);
});
