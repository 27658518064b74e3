/*
 * Control characters (NUL cannot be stored by Postgres; others act on terminals and logs), halves of surrogate pairs, which
 * UTF-8 cannot say, and in a line what ends one or turns the direction of the text around it. Spelled out rather than
 * `\p{Cc}`, so that tools in any language can read the API's schemas.
 */
/* eslint-disable no-control-regex -- these are what is refused */
export const LINE = /^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]*$/u;
export const PROSE = /^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ud800-\udfff]*$/u;
/* eslint-enable no-control-regex */

/** Why a text does not fit `LINE` or `PROSE`. */
export function textFault(text: unknown): string {
  if (typeof text !== 'string') return 'must be text';
  if (!text.isWellFormed()) return ILL_FORMED;
  if (/[\n\r\u2028\u2029]/.test(text) && PROSE.test(text)) return 'must be one line, without line breaks';
  // Names that show as others in mails and on door lists: https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
  const turning = /[\u202a-\u202e\u2066-\u2069]/.exec(text)?.[0];
  if (turning !== undefined && !/\p{Cc}/u.test(text)) {
    return `must not contain characters that turn the direction of text, such as ${codePoint(turning)}`;
  }
  return `must not contain control characters, such as ${codePoint(/(?![\t\n\r])\p{Cc}/u.exec(text)?.[0] ?? '\t')}`;
}

/** Two texts that differ only in halves of surrogate pairs are the same bytes in UTF-8. */
export const ILL_FORMED = 'must be well-formed Unicode, without halves of surrogate pairs';

/**
 * Whether there is anything to be seen: a letter, digit, sign or symbol, and not only spaces, marks without a letter,
 * joiners, selectors and fillers (https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point).
 */
export function isVisible(text: string): boolean {
  return VISIBLE.test(text);
}

/** Symbols that show nothing: a braille cell without dots, and the like. */
const VISIBLE = /[[\p{L}\p{N}\p{P}\p{S}\p{Co}]--[\p{DI}\u2800\u303f\ufffc\u{1d159}]]/v;

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
