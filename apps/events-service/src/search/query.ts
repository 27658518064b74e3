import { earlierQuery, earlierWords } from './earlier-words.ts';
import { AMPERSAND, FOLDING_MARK, lexemeOf, wholeOf } from './stored-words.ts';
import { isUnspaced, mayBeOneWord, readTokens, type Spelling, type Token } from './tokens.ts';

/** Most words of a query that count: each is a scan of the search index, or a few. */
const MAX_QUERY_WORDS = 10;

/**
 * A `tsquery` (as text) for the events that `q` asks for: those that have, for each of its words, one that begins with
 * it. Undefined if there is no word in it. Nothing in `q` can be taken for an operator: what is quoted are letters and
 * digits, and the marks of `stored-words.ts`.
 */
export function searchQuery(q: string): string | undefined {
  const tokens = readTokens(q, 'apart');
  // "conc" says nothing beside "concert".
  const telling = tokens.filter(([{ joined }], index) => {
    return !tokens.some(([other], at) => (other.joined === joined ? at < index : other.joined.startsWith(joined)));
  });
  const query = telling
    .slice(0, MAX_QUERY_WORDS)
    .map((token) => queryOf(token, tokens.slice(0, tokens.indexOf(token))))
    .join(' & ');
  const alternatives = [query, ofOlderRows(q, tokens)].filter(Boolean);
  return alternatives.length === 0 ? undefined : alternatives.join(' | ');
}

/**
 * What finds rows that a replica of the release before has written and that were not refilled yet, at least as well as
 * that one does; nothing where `searchQuery` finds them anyway.
 */
function ofOlderRows(q: string, tokens: Token[]): string | undefined {
  const query = earlierQuery(q);
  const earlier = earlierWords(q);
  const words = new Set(tokens.map(([{ joined }]) => lexemeOf(Array.from(joined))));
  const isCovered = words.size === earlier.length && earlier.every((word) => words.has(word));
  return isCovered || query === undefined ? undefined : `${query} & !'${FOLDING_MARK}'`;
}

/** What an event has that has this word of a query, the words before it being `before`. */
function queryOf(token: Token, before: Token[]): string {
  const beginnings = token.flatMap(({ joined }, style) => [joined, ...joinedBefore(joined, before, style)]);
  const wholes = token.map(({ joined }) => joined).filter((joined) => /.\D|\D./u.test(joined) && !isUnspaced(joined));
  const alternatives = [
    ...withoutLonger(beginnings.map((word) => lexemeOf(Array.from(word)))).map((word) => `'${word}':*`),
    ...wholes.map((word) => `'${wholeOf(word)}'`),
    ...token.map(partsOf).filter((query) => query !== undefined),
    ...(AND.has(token[0].joined) ? [`'${AMPERSAND}'`] : []),
  ];
  return alternatives.length === 1 ? alternatives.join('') : `(${[...new Set(alternatives)].join(' | ')})`;
}

/** As people write an ampersand. */
const AND = new Set(['and', 'und', 'et', 'y', 'e', 'og', 'och', 'en', 'ja', 'и', 'n']);

/** The word behind the ones before it, as in "o connor" for OConnor: behind one, or as many as are single letters. */
function joinedBefore(word: string, before: Token[], style: number): string[] {
  const found: string[] = [];
  let joined = word;
  for (const token of before.slice(-MAX_JOINED_BEFORE).reverse()) {
    const previous = (token[style] ?? token[0]).joined;
    joined = previous + joined;
    found.push(joined);
    if (previous.length > 1) break;
  }
  return found;
}

const MAX_JOINED_BEFORE = 3;

/** Jean-Michel, Blink182 and 東京2027 as words that are anywhere; not what is stored as one word anyway. */
function partsOf({ pieces }: Spelling): string | undefined {
  const parts: string[] = [];
  let isOpen = false;
  for (const { letters } of pieces) {
    const part = letters.join('');
    // K.I.Z. is not any K, I and Z.
    const isSingle = letters.length === 1;
    if (isSingle && isOpen) parts.push(`${parts.pop() ?? ''}${part}`);
    else parts.push(part);
    isOpen = isSingle;
  }
  if (parts.length > MAX_QUERY_WORDS || parts.slice(1).every((part, index) => mayBeOneWord(parts[index] ?? '', part))) {
    return undefined;
  }
  const last = parts.length - 1;
  const words = parts.map((part, index) => {
    const lexeme = `'${lexemeOf(Array.from(part))}'`;
    return index === last || isUnspaced(part) ? `${lexeme}:*` : lexeme;
  });
  return `(${words.join(' & ')})`;
}

/** Without those that begin with another one, and are found with it. */
function withoutLonger(words: string[]): string[] {
  return words.filter(
    (word, index) => !words.some((other, at) => (other === word ? at < index : word.startsWith(other))),
  );
}
