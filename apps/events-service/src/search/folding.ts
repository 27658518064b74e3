/**
 * Text as searching compares it: without case, accents, widths and ligatures. Whitespace and punctuation stay, since
 * they say where words begin (`tokens.ts`).
 *
 * `umlauts` says how letters with an umlaut or a ring are written without them: `short` as München → munchen, `long` as
 * München → muenchen.
 */
export function fold(text: string, umlauts: 'short' | 'long'): string {
  if (IS_ASCII.test(text)) return text.toLowerCase();
  const plain = replaceLetters(compose(text).toLowerCase().normalize('NFC'), umlauts === 'long' ? LONG : {});
  return replaceLetters(plain.normalize('NFD').replaceAll(ACCENTS, '').normalize('NFC'), PLAIN)
    .replaceAll(/[ぁ-ゖゝゞ]/gu, toKatakana)
    .replaceAll(/[^\P{Nd}0-9]/gu, toAsciiDigit)
    .replaceAll(TONE_BEFORE_NIGGAHITA, '$2$1');
}

const IS_ASCII = /^\p{ASCII}*$/u;

/**
 * Composes, and takes full-width letters, half-width katakana, ligatures and the like for what they stand for (NFKC).
 * Accents that stand alone, such as the `´` that is typed for an apostrophe, would become a space with an accent on it.
 */
function compose(text: string): string {
  const isAccentAlone = (letter: string) => /^ \p{M}/u.test(letter.normalize('NFKC'));
  return text
    .replaceAll(/\P{ASCII}/gu, (letter) => (isAccentAlone(letter) ? `'` : letter))
    .normalize('NFKC')
    .replaceAll(LETTERS_FOR_APOSTROPHES, `'`);
}

/** What Unicode takes for letters and people for apostrophes: modifier letters, and the saltillo. */
const LETTERS_FOR_APOSTROPHES = /[\u02b9-\u02df\ua78b\ua78c]/gu;

/**
 * Marks that people leave out: accents, Arabic's and Hebrew's vowel points, Indic nuktas, the Arabic tatweel, variation
 * selectors. Not the vowels of Indic and South-East Asian scripts, which are marks as well, nor the voicing of kana,
 * without which バス is ハス.
 */
const ACCENTS =
  /[[[\p{Script=Inherited}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}]&&\p{M}]--[\u3099\u309a]]|[\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc\u0640]/gv;

/** Letters as they are spelled out without them on the keyboard. */
const LONG: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', å: 'aa', ø: 'oe', đ: 'dj' };

/** Letters that Unicode's decomposition leaves as they are, as people without them on the keyboard type them. */
const PLAIN: Record<string, string> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ı: 'i', ŧ: 't', ŋ: 'ng', ə: 'e' },
  ...{ ɓ: 'b', ɗ: 'd', ƙ: 'k', ƴ: 'y', ŀ: 'l' },
  ...{ ς: 'σ', ґ: 'г' },
  // Arabic: alef wasla and maqsura, teh marbuta; the Persian and Urdu forms of yeh, kaf and heh.
  ...{ '\u0671': '\u0627', '\u0649': '\u064a', '\u0629': '\u0647' },
  ...{ '\u06cc': '\u064a', '\u06a9': '\u0643', '\u06c1': '\u0647', '\u06be': '\u0647' },
  // Hebrew: forms at the end of a word.
  ...{ ך: 'כ', ם: 'מ', ן: 'נ', ף: 'פ', ץ: 'צ' },
};

function replaceLetters(text: string, table: Record<string, string>): string {
  return text.replaceAll(/\P{ASCII}/gu, (letter) => table[letter] ?? letter);
}

/** らーめん is ラーメン: one row of Unicode is 0x60 behind the other. */
function toKatakana(letter: string): string {
  return String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0x60);
}

/** The zeros of digits in use, which are each followed by the nine others. */
const ZEROS = Array.from('٠۰०০੦૦୦௦౦೦൦๐໐༠၀០', (zero) => zero.codePointAt(0) ?? 0);

function toAsciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  const zero = ZEROS.find((first) => first <= code && code <= first + 9);
  return zero === undefined ? digit : String(code - zero);
}

/** Thai and Lao "am" after a tone mark, of which NFKC makes tone and niggahita; both are typed first. */
const TONE_BEFORE_NIGGAHITA = /([\u0e48-\u0e4b\u0ec8-\u0ecb])([\u0e4d\u0ecd])/gu;
