import { z } from 'zod';

const CODE = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** What a ticket is let in with: 26 characters of Crockford's base 32, 130 random bits. */
export const TicketCode = z.string().regex(CODE).meta({ example: '7ZKQ3M9T0XWRV5N8J2H4C6B1DE' });

export const NOT_A_TICKET_CODE =
  'This is not a ticket code. A ticket code has 26 letters and digits, like 7ZKQ3M9T0XWRV5N8J2H4C6B1DE.';

/** A ticket's code as a scanner sends it or a person types it. */
export const TicketCodeInput = z
  .string()
  .overwrite((text) => readTicketCode(text) ?? text)
  .refine((text) => CODE.test(text), NOT_A_TICKET_CODE)
  .meta({
    description:
      'As scanned or typed: case, spaces, hyphens and line ends do not matter, O is read as 0, I and L as 1.',
    example: '7ZKQ3M9T0XWRV5N8J2H4C6B1DE',
  });

/**
 * The ticket code that a text says, as hardware and hands give it; undefined if it says none. O is 0, I and L are 1, as
 * https://www.crockford.com/base32.html reads them. Case, the width of letters, accents, punctuation, spaces, line ends and
 * what is not seen do not matter; nor does what some scanners put before a code, or a URL encodes.
 */
export function readTicketCode(text: string): string | undefined {
  if (text.length > MAX_GIVEN) return undefined;
  const code = decoded(text)
    .replace(SYMBOLOGY, '')
    .normalize('NFKD')
    .replaceAll(NOT_OF_A_CODE, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  return CODE.test(code) ? code : undefined;
}

/** Each character of a code may come encoded, and with something between it and the next. */
const MAX_GIVEN = 500;

/** ISO/IEC 15424: scanners can be set to say first what kind of symbol they read, such as `]Q1` for a QR code. */
const SYMBOLOGY = /^\s*\][a-z][0-9a-z]/i;

/**
 * Accents, punctuation, spaces, controls, what is not seen, and what passes for a hyphen or a space without being one: the
 * minus sign, the Japanese prolonged sound mark, and the plus sign of form encoding.
 */
const NOT_OF_A_CODE = /[\p{M}\p{P}\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2212\u30fc+]/gu;

function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
