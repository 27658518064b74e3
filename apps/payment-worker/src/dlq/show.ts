import { readTopic } from '@ticketing/kafka/read-topic';
import type { Headers, ReceivedMessage } from '@ticketing/kafka/received-message';
import { readRejected } from '@ticketing/order-core/rejected';
import { byTopic, positionOf, type DeadLetter } from './letter.ts';
import { hideSecrets, withoutSecrets } from './secrets.ts';
import type { Sources } from './sources.ts';

/** A dead letter with all that is in it, without secrets. */
export interface WholeLetter extends DeadLetter {
  key: string | null;
  headers: Record<string, string | string[]>;
  value: Content;
}

/** A value as it can be shown: what it says if it is JSON, else its text, else its bytes; null if there is none. */
export type Content = { json: unknown } | { text: string } | { base64: string } | null;

/** Longest value that is shown of a message that is not JSON. */
const MAX_SHOWN = 20_000;

/** Reads dead letters whole. One that is gone meanwhile is left out. */
export async function* readWhole({ kafka, pool }: Sources, letters: DeadLetter[]): AsyncGenerator<WholeLetter, void> {
  for (const letter of letters) {
    if (letter.source !== 'database' || !pool) continue;
    const outcome = await readRejected(pool, letter.id);
    if (outcome !== undefined) yield { ...letter, key: null, headers: {}, value: contentOf(JSON.stringify(outcome)) };
  }
  if (!kafka) return;
  for (const [topic, wanted] of byTopic(letters)) {
    const left = new Map(wanted.map((letter) => [letter.id, letter]));
    for await (const message of readTopic(kafka.client, topic)) {
      const letter = left.get(positionOf(message));
      if (!letter) continue;
      yield wholeLetter(letter, message);
      left.delete(letter.id);
      if (left.size === 0) break;
    }
  }
}

function wholeLetter(letter: DeadLetter, { key, headers, value }: ReceivedMessage): WholeLetter {
  return {
    ...letter,
    key: key && hideSecrets(key.toString()),
    headers: shownHeaders(headers),
    value: value && contentOf(value),
  };
}

function shownHeaders(headers: Headers): Record<string, string | string[]> {
  const shown = (name: string, value: Buffer) => String(withoutSecrets(name, value.toString()));
  return Object.fromEntries(
    Object.entries(headers).map(([name, given]) => [
      name,
      Array.isArray(given) ? given.map((value) => shown(name, value)) : shown(name, given),
    ]),
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function contentOf(value: Buffer | string): Content {
  let text: string;
  try {
    text = typeof value === 'string' ? value : utf8.decode(value);
  } catch {
    return { base64: Buffer.from(value).subarray(0, MAX_SHOWN).toString('base64') };
  }
  try {
    const json: unknown = JSON.parse(text, withoutSecrets);
    // Nested too deeply to be written, it is shown as text.
    JSON.stringify(json);
    return { json };
  } catch {
    return { text: hideSecrets(text).slice(0, MAX_SHOWN) };
  }
}
