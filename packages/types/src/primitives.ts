import { z } from 'zod';
import { isSupportedCurrency, MAX_AMOUNT_MINOR } from './currency.ts';
import { comparableEmail, isOneAddress, readEmailAddress } from './email-address.ts';
import { isVisible, LINE, PROSE, textFault } from './text.ts';

export { MAX_AMOUNT_MINOR };

/** UUID string; ours are version 7, but any version is read. Upper case is folded, as Postgres does. */
export const Id = z.uuid().toLowerCase().meta({ example: '019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10' });

/** Instant as written by us: RFC 3339, UTC, milliseconds, `Z`. */
export const Instant = z.iso.datetime().meta({ example: '2027-06-12T18:00:00.000Z' });

/** Instant as read by us: RFC 3339 with any offset, turned to UTC. */
export const InstantInput = z.iso
  .datetime({
    offset: true,
    error: ({ code, input }) => (code === 'invalid_format' ? instantFault(String(input)) : undefined),
    abort: true,
  })
  .refine((text) => inRange(Date.parse(text)), 'must lie between the years 2000 and 2199')
  .transform((text) => new Date(text))
  .meta({ example: '2027-06-12T20:00:00+02:00' });

/** A query's `+` is a space. */
function instantFault(text: string): string {
  const fault = 'must be an RFC 3339 time with an offset, like 2027-06-12T20:00:00+02:00';
  return /\d \d\d:\d\d$/.test(text) ? `${fault}, with + as %2B in a query` : fault;
}

function inRange(epochMs: number): boolean {
  return epochMs >= Date.UTC(2000, 0, 1) && epochMs < Date.UTC(2200, 0, 1);
}

/** A line of text: trimmed, `min`–`max` characters of which one can be seen, no control characters. */
export function line(min: number, max: number) {
  return z
    .string()
    .trim()
    .min(min, { error: min === 1 ? 'must not be empty' : `must have at least ${min} characters`, abort: min > 0 })
    .max(max, `must have at most ${max} characters`)
    .regex(LINE, { error: ({ input }) => textFault(input), abort: true })
    .refine((text) => min === 0 || isVisible(text), 'must have a character that can be seen');
}

/** Text of several lines: as `line`, but it may be empty, and tabs and line breaks are welcome. */
export function prose(max: number) {
  return z
    .string()
    .trim()
    .max(max, `must have at most ${max} characters`)
    .regex(PROSE, { error: ({ input }) => textFault(input) });
}

const MAX_EMAIL_LENGTH = 254;
const TOO_LONG = `must have at most ${MAX_EMAIL_LENGTH} characters`;
const EMAIL = { example: 'ada@example.com', format: 'email' };

/** E-mail address as written by us: what is old may be one that no mail server takes. */
export const Email = z.string().refine(isOneAddress, 'must be an e-mail address').meta(EMAIL);

/** E-mail address as read by us: one that mail servers take, as `comparableEmail` writes it. */
export const EmailInput = z
  .string()
  .max(MAX_EMAIL_LENGTH, TOO_LONG)
  .transform((text, context) => {
    const read = readEmailAddress(text);
    if (read.kind === 'address') return read.address;
    context.addIssue(read.fault);
    return z.NEVER;
  })
  .meta(EMAIL);

/** Address of an account that exists: also one of those that earlier releases took. */
export const AccountEmail = z
  .string()
  .max(MAX_EMAIL_LENGTH, TOO_LONG)
  .transform(comparableEmail)
  .refine(isOneAddress, 'must be an e-mail address, like ada@example.com')
  .meta(EMAIL);

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
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(500).optional().describe('`nextCursor` of the page before; opaque'),
};

/** One page of a list. */
export function page<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable().describe('null at the end') });
}
