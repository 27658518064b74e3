/** Names and titles are 200 characters at most where they come in; what is longer than this would spoil a mail. */
const MAX_LENGTH = 300;

/**
 * Text of other people as one line that can stand anywhere in a mail: no line breaks or other control characters, no
 * characters that turn the direction of what stands around it, no half surrogates; cut at `maxLength` characters as a
 * reader counts them.
 */
export function oneLine(text: string, maxLength = MAX_LENGTH): string {
  const line = text
    // Characters are counted below; this only bounds the work.
    .slice(0, maxLength * MOST_UNITS_PER_CHARACTER)
    .toWellFormed()
    .replace(TURNING, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const characters = Array.from(segmenter.segment(line), ({ segment }) => segment);
  return characters.length <= maxLength ? line : `${characters.slice(0, maxLength - 1).join('')}…`;
}

/** Embeddings, overrides and isolates (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters). */
const TURNING = /[\u202A-\u202E\u2066-\u2069]/g;
/** A family emoji has 11 UTF-16 units; letters with more than 15 marks are somebody's joke. */
const MOST_UNITS_PER_CHARACTER = 16;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
