import { earlierWords } from './earlier-words.ts';
import { mayBeOneWord, readTokens, type Piece, type Spelling, type Token } from './tokens.ts';

/**
 * Among the words of an event that they were made by this folding. A later folding has a mark of its own and keeps
 * this one, so that replicas of two releases do not take each other's rows for outdated.
 */
export const FOLDING_MARK = '#2';

/** What is stored for an ampersand, or the `n` of rock'n'roll, which people also write as a word. */
export const AMPERSAND = '&';

/** Longest word that is told apart; PostgreSQL takes lexemes up to 2,046 bytes. */
const MAX_WORD_LETTERS = 64;
/** Most that is stored of an event. Four hundred letters of title and venue, of scripts without spaces, stay below it. */
const MAX_STORED_WORDS = 600;
/** Köln. */
const MIN_SPELLED_OUT = 'koeln'.length;
/** Most words that are written as one. */
const MAX_JOINED = 4;

/**
 * What an event is found by, each once: the words of title and venue, and whatever else a word of a query may begin
 * with. `query.ts` looks for beginnings, so what is stored of K.I.Z. is `kiz`, `iz` and `z`, and of 能楽堂, in which a word
 * may begin anywhere, 能楽堂, 楽堂 and 堂: an index of substrings, exact to the letter.
 */
export function searchWords(title: string, venue: string): string[] {
  const words = new Set([FOLDING_MARK, ...earlierWords(title, venue)]);
  for (const text of [title, venue]) {
    const tokens = readTokens(text, 'joined');
    for (const spelling of tokens.flat()) addWordsOf(spelling, words);
    for (const [{ joined, words: parts }] of tokens) addUmlauts([joined, ...parts], words);
    const spoken = readTokens(text.replaceAll(AMPERSAND_ALONE, 'n'), 'joined');
    for (const style of [0, -1]) addJoined(spoken, style, words);
    if (/[&＆]/u.test(text) || spoken.some(([{ words: parts }]) => parts.includes('n'))) words.add(AMPERSAND);
  }
  return Array.from(words).slice(0, MAX_STORED_WORDS);
}

/** An ampersand, or a plus, between spaces: rock & roll is rock n roll. */
const AMPERSAND_ALONE = /(?<=\s)[&＆+＋](?=\s)/gu;

/** The word, its parts, and what is left of it from each place where a part begins. */
function addWordsOf({ pieces }: Spelling, words: Set<string>): void {
  const letters = pieces.flatMap((piece) => piece.letters);
  let start = 0;
  for (const piece of pieces) {
    words.add(lexemeOf(piece.letters));
    for (const offset of beginnings(piece)) words.add(lexemeOf(letters.slice(start + offset)));
    start += piece.letters.length;
  }
}

/**
 * Muenchen as `munchen`, but as a whole word only: `pot` is no beginning of Poetry. Nor is Poet itself taken for Pöt:
 * in short words, "oe" hardly ever is an umlaut.
 */
function addUmlauts(spelledOut: string[], words: Set<string>): void {
  for (const word of spelledOut) {
    const short = word.replaceAll(/([aou])e/g, '$1');
    if (short.length < word.length && word.length >= MIN_SPELLED_OUT) words.add(wholeOf(short));
  }
}

function beginnings({ letters, isUnspaced: anywhere }: Piece): number[] {
  if (!anywhere) return [0];
  return letters.flatMap((letter, index) => (index > 0 && /\p{M}/u.test(letter) ? [] : [index]));
}

/** O Connor as `oconnor`: neighbors that may be one word, up to four of them. */
function addJoined(tokens: Token[], style: number, words: Set<string>): void {
  const all = tokens.flatMap((token, index) => (token.at(style)?.words ?? []).map((word) => ({ word, token: index })));
  for (const [index, first] of all.entries()) {
    let joined = first.word;
    for (let next = index + 1; next < index + MAX_JOINED; next++) {
      const [before, last] = [all[next - 1], all[next]];
      if (!before || !last || !mayBeOneWord(before.word, last.word)) break;
      joined += last.word;
      if (first.token !== last.token) words.add(wholeOf(joined));
    }
  }
}

/**
 * A word as it is stored and asked for. The release before stores words without any marks, vowels and voicing among them,
 * and asks for them; where that makes other words of them, ours are kept apart: カラス is not found in ガラス.
 */
export function lexemeOf(letters: string[]): string {
  const word = shorten(letters);
  return MARKS_DO_NOT_MATTER.test(word) ? word : `~${word}`;
}

/** A word that is found as a whole only: `+oconnor` of O Connor. */
export function wholeOf(word: string): string {
  return `+${shorten(Array.from(word))}`;
}

const MARKS_DO_NOT_MATTER =
  /^[\p{Nd}\p{scx=Latin}\p{scx=Greek}\p{scx=Cyrillic}\p{scx=Arabic}\p{scx=Hebrew}\p{scx=Armenian}\p{scx=Georgian}]/u;

function shorten(letters: string[]): string {
  return letters.slice(0, MAX_WORD_LETTERS).join('');
}
