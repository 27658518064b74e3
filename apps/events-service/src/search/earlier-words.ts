/** Letters that Unicode's decomposition leaves as they are, as people without them on the keyboard type them. */
const PLAIN: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ı: 'i',
  þ: 'th',
  ς: 'σ',
};

/** Longest word that is told apart; PostgreSQL takes lexemes up to 2,046 bytes. */
const MAX_WORD_CHARACTERS = 64;

/** Most words of a query that count: each is a scan of the search index. */
const MAX_QUERY_WORDS = 10;

/**
 * The words of some text as the release before compares them, each once. Its replicas store them and ask for them; this
 * file goes when no replica does any more.
 */
export function earlierWords(...texts: string[]): string[] {
  const plain = texts
    .join(' ')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[ßæœøłđðħıþς]/g, (letter) => PLAIN[letter] ?? letter);
  const words = plain.match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => Array.from(word).slice(0, MAX_WORD_CHARACTERS).join('')))];
}

/** The `tsquery` (as text) by which the release before asks for `q`, or undefined if there is no word in it. */
export function earlierQuery(q: string): string | undefined {
  const words = earlierWords(q);
  // "conc" says nothing beside "concert".
  const telling = words.filter((word) => !words.some((other) => other !== word && other.startsWith(word)));
  if (telling.length === 0) return undefined;
  return telling
    .slice(0, MAX_QUERY_WORDS)
    .map((word) => `'${word}':*`)
    .join(' & ');
}
