import { z } from 'zod';
import { isSupportedCurrency, MAX_AMOUNT_MINOR } from './currency.ts';

export { MAX_AMOUNT_MINOR };

/** UUID string; ours are version 7, but any version is read. Upper case is folded, as Postgres does. */
export const Id = z.uuid().toLowerCase().meta({ example: '019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10' });

/** Instant as written by us: RFC 3339, UTC, milliseconds, `Z`. */
export const Instant = z.iso.datetime().meta({ example: '2027-06-12T18:00:00.000Z' });

/** Instant as read by us: RFC 3339 with any offset, turned to UTC. */
export const InstantInput = z.iso
  .datetime({
    offset: true,
    error: 'must be an RFC 3339 time with an offset, like 2027-06-12T20:00:00+02:00',
    abort: true,
  })
  .refine((text) => inRange(Date.parse(text)), 'must lie between the years 2000 and 2199')
  .transform((text) => new Date(text))
  .meta({ example: '2027-06-12T20:00:00+02:00' });

function inRange(epochMs: number): boolean {
  return epochMs >= Date.UTC(2000, 0, 1) && epochMs < Date.UTC(2200, 0, 1);
}

/*
 * Control characters (NUL cannot be stored by Postgres; others act on terminals and logs), halves of surrogate pairs, and
 * in a line what ends one. Spelled out rather than `\p{Cc}`, so that tools in any language can read the API's schemas.
 */
/* eslint-disable no-control-regex -- these are what is refused */
const LINE = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]*$/u;
const PROSE = /^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ud800-\udfff]*$/u;
/* eslint-enable no-control-regex */

/** A line of text: trimmed, `min`–`max` characters, no control characters. */
export function line(min: number, max: number) {
  return z
    .string()
    .trim()
    .min(min, min === 1 ? 'must not be empty' : `must have at least ${min} characters`)
    .max(max, `must have at most ${max} characters`)
    .regex(LINE, 'must not contain control characters');
}

/** Text of several lines: as `line`, but tabs and line breaks are welcome. */
export function prose(max: number) {
  return z
    .string()
    .trim()
    .max(max, `must have at most ${max} characters`)
    .regex(PROSE, 'must not contain control characters');
}

/** E-mail address, lower case: addresses that differ only in case are one account. */
export const Email = z
  .string()
  .trim()
  .max(254, 'must have at most 254 characters')
  .toLowerCase()
  .pipe(z.email('must be an e-mail address'))
  .meta({ example: 'ada@example.com', format: 'email' });

/** Price in the currency's minor unit: cents for EUR, yen for JPY. */
export const AmountMinor = z.int().min(0).max(MAX_AMOUNT_MINOR).meta({ example: 4500 });

/** ISO 4217 code as written by us, upper case: what is old may be in a currency that Stripe does not charge. */
export const Currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .meta({ example: 'EUR' });

/** ISO 4217 code as read by us: of a currency that Stripe charges, upper case. */
export const CurrencyInput = z
  .string()
  .refine(isSupportedCurrency, 'must be the upper-case code of a currency that Stripe charges, like EUR')
  .meta({ example: 'EUR' });

/** Query of every list: page size and where to go on. */
export const PageQuery = {
  limit: z.coerce.number('must be a number').int().min(1).max(100).default(20),
  cursor: z.string().max(500).optional().describe('`nextCursor` of the page before; opaque'),
};

/** One page of a list. */
export function page<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable().describe('null at the end') });
}
