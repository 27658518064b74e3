import { fold } from './folding.ts';

/** What stands between two spaces, in each spelling that it may be typed in: the first without umlauts. */
export type Token = readonly [Spelling, ...Spelling[]];

export interface Spelling {
  /** All of it without punctuation: `rocknroll`. */
  joined: string;
  /** Split at punctuation: `rock`, `n`, `roll`. */
  words: string[];
  /** Split also between letters, digits, and scripts without spaces. */
  pieces: Piece[];
}

export interface Piece {
  letters: string[];
  /** Its words are not told apart by spaces, so one may begin at any letter. */
  isUnspaced: boolean;
}

/**
 * The tokens of some text that have a letter or digit in them.
 *
 * Spaces within Chinese, Japanese, Thai and the like are no more than punctuation: they are put where it looks well.
 * A query, in which they are put on purpose, keeps them.
 */
export function readTokens(text: string, unspaced: 'joined' | 'apart'): Token[] {
  const short = fold(text, 'short');
  const long = fold(text, 'long');
  const [shorts, longs] = [short, long].map((folded) => {
    return (unspaced === 'joined' ? folded.replaceAll(SPACE_IN_UNSPACED, '·') : folded).split(/\s+/u);
  }) as [string[], string[]];
  // Spelling letters out moves no space, so the tokens of both are the same.
  return shorts.map((token, index) => spellingsOf(token, longs[index] ?? token)).filter((token) => token !== undefined);
}

/** Chinese, Japanese and the scripts of South-East Asia; Korean, whose compounds are spaced as one likes. */
const UNSPACED = String.raw`[[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}\p{scx=Yiii}\p{scx=Java}\p{scx=Lana}\p{scx=Talu}\p{scx=Tale}]&&[\p{L}\p{M}\p{Nl}]]`;
const SPACE_IN_UNSPACED = new RegExp(String.raw`(?<=${UNSPACED})\s+(?=${UNSPACED})`, 'gv');
const PIECE = new RegExp(String.raw`(?<unspaced>${UNSPACED}+)|\p{N}+|[[\p{L}\p{M}]--${UNSPACED}]+`, 'gv');
const WORD = /[\p{L}\p{M}\p{N}]+/gu;

function spellingsOf(short: string, long: string): Token | undefined {
  const spelled = new Map<string, Spelling>();
  for (const text of [short, long, asLetters(short), asLetters(long)]) {
    const words = text.match(WORD) ?? [];
    // Where words are split makes no other spelling.
    const joined = words.join('');
    if (words.length > 0 && !spelled.has(joined))
      spelled.set(joined, { joined, words, pieces: words.flatMap(toPieces) });
  }
  const [first, ...others] = spelled.values();
  return first && [first, ...others];
}

function toPieces(word: string): Piece[] {
  return Array.from(word.matchAll(PIECE), ({ 0: text, groups }) => ({
    letters: Array.from(text),
    isUnspaced: groups?.unspaced !== undefined,
  }));
}

/** P!nk, Ke$ha and R&B as they are also written. */
function asLetters(token: string): string {
  return token.replaceAll(/(?<=\p{L})[!$@&](?=\p{L})/gu, (symbol) => SYMBOLS[symbol] ?? symbol);
}

const SYMBOLS: Record<string, string> = { '!': 'i', $: 's', '@': 'a', '&': 'n' };

/**
 * Whether two words are so short that they are also written as one: O Connor, AC DC, rock n roll, K I Z.
 * Of numbers, that would be another number.
 */
export function mayBeOneWord(one: string, other: string): boolean {
  const [length, otherLength] = [Array.from(one).length, Array.from(other).length];
  if (length > 1 && otherLength > 1 && length + otherLength > 4) return false;
  return /\P{N}/u.test(one + other) && !isUnspaced(one) && !isUnspaced(other);
}

/** Whether some of the word is in a script without spaces. */
export function isUnspaced(word: string): boolean {
  return ANY_UNSPACED.test(word);
}

const ANY_UNSPACED = new RegExp(UNSPACED, 'v');
