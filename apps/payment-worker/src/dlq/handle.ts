import { readTopic } from '@ticketing/kafka/read-topic';
import type { ReceivedMessage } from '@ticketing/kafka/received-message';
import { rejectionText } from '@ticketing/order-core/rejection';
import { discardRejected, settleRejected } from '@ticketing/order-core/rejected';
import type pg from 'pg';
import { byTopic, markerFor, positionOf, replayOf, type DeadLetter } from './letter.ts';
import { recordOf, type Sources } from './sources.ts';
import type { Settled } from '@ticketing/order-core/settling';

/** What became of a dead letter that something was to be done about. */
export type Handled =
  /** It is in its topic again; what settling makes of it is the worker's. */
  | { kind: 'replayed'; to: string }
  /** A report of the database was settled on the spot. */
  | { kind: 'settled'; as: Settled['kind'] }
  | { kind: 'discarded' }
  /** The payment goes back: Stripe's word for how far that is, or that it was done before. */
  | { kind: 'refunded'; how: string }
  /** It is still open. */
  | { kind: 'failed'; reason: string };

export interface Handling {
  letter: DeadLetter;
  handled: Handled;
}

const GONE: Handled = { kind: 'failed', reason: 'It was settled or discarded meanwhile.' };

/** Bounds on what is held in memory and written at a time. */
const CHUNK_MESSAGES = 100;
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Puts dead letters back into their topics, and settles those of the database again. A dead letter is marked as replayed
 * only once its message is safe, so that one whose marker is missing is replayed again, which settling does not mind.
 */
export async function* replay({ kafka, pool }: Sources, letters: DeadLetter[]): AsyncGenerator<Handling, void> {
  for (const letter of letters) {
    if (letter.source === 'database' && pool) yield { letter, handled: await settleAgain(pool, letter) };
  }
  if (!kafka) return;
  for (const [topic, wanted] of byTopic(letters)) {
    const left = new Map(wanted.map((letter) => [letter.id, letter]));
    for await (const chunk of chunksOf(readTopic(kafka.client, topic), left)) {
      yield* putBack(kafka, topic, chunk);
      if (left.size === 0) break;
    }
    for (const letter of left.values()) {
      yield { letter, handled: { kind: 'failed', reason: 'It is not in the topic any more.' } };
    }
  }
}

/** Marks dead letters as seen to: they are listed no more, and nothing else happens to them. */
export async function* discard(
  { kafka, pool }: Sources,
  letters: DeadLetter[],
  all: DeadLetter[],
): AsyncGenerator<Handling, void> {
  // Rows first: were only the markers written, nobody would see that something is left to do.
  const rows = pool ? await discardRows(pool, letters, all) : [];
  for (const letter of letters) {
    if (letter.source === 'database')
      yield { letter, handled: rows.includes(letter.id) ? { kind: 'discarded' } : GONE };
  }
  if (!kafka) return;
  for (const [topic, wanted] of byTopic(letters)) {
    for (let from = 0; from < wanted.length; from += CHUNK_MESSAGES) {
      const chunk = wanted.slice(from, from + CHUNK_MESSAGES);
      await kafka.producer.sendMessages(
        topic,
        chunk.map((letter) => markerFor(letter, 'discarded')),
      );
      for (const letter of chunk) yield { letter, handled: { kind: 'discarded' } };
    }
  }
}

/** A report that is in another dead letter too stays rejected, or replaying that one would be a duplicate without effect. */
async function discardRows(pool: pg.Pool, letters: DeadLetter[], all: DeadLetter[]): Promise<string[]> {
  const chosen = new Set(letters);
  const open = all.filter((letter) => letter.handled === null && !chosen.has(letter));
  const stillOpen = new Set(open.map(recordOf));
  const ids = letters.map((letter) => (letter.source === 'database' ? letter.id : recordOf(letter)));
  return discardRejected(pool, ids.filter((id) => id !== undefined && !stillOpen.has(id)).map(String));
}

async function settleAgain(pool: pg.Pool, { id }: DeadLetter): Promise<Handled> {
  try {
    const settled = await settleRejected(pool, id);
    switch (settled.kind) {
      case 'rejected':
        return { kind: 'failed', reason: `It was rejected again. ${rejectionText(settled)}` };
      case 'unreadable':
        return { kind: 'failed', reason: 'It could not be read. Have Stripe send it again, or discard it.' };
      case 'unrecognized':
        return { kind: 'failed', reason: `It says something that is not known here: ${settled.what}.` };
      case 'gone':
        return GONE;
      case 'paid':
      case 'reacquired':
      case 'duplicate':
      case 'refund-due':
      case 'refunded':
      case 'noted':
        return { kind: 'settled', as: settled.kind };
    }
  } catch (error) {
    return { kind: 'failed', reason: (error as Error).message };
  }
}

type Chunk = { letter: DeadLetter; message: ReceivedMessage }[];

async function* putBack(
  { producer }: NonNullable<Sources['kafka']>,
  topic: string,
  chunk: Chunk,
): AsyncGenerator<Handling, void> {
  const sent = await Promise.allSettled(
    chunk.map(async ({ letter, message }) => {
      if (letter.topic === null) throw new Error('It is not known which topic it came from.');
      await producer.sendMessages(letter.topic, [replayOf(message)]);
      return letter.topic;
    }),
  );
  const safe = chunk.filter((_, index) => sent[index]?.status === 'fulfilled');
  await producer.sendMessages(
    topic,
    safe.map(({ letter }) => markerFor(letter, 'replayed')),
  );
  for (const [index, { letter }] of chunk.entries()) {
    const result = sent[index];
    if (result?.status === 'fulfilled') yield { letter, handled: { kind: 'replayed', to: result.value } };
    else yield { letter, handled: { kind: 'failed', reason: (result?.reason as Error).message } };
  }
}

/** The wanted messages of a topic, taken out of `left`, in bounded parts. */
async function* chunksOf(
  messages: AsyncIterable<ReceivedMessage>,
  left: Map<string, DeadLetter>,
): AsyncGenerator<Chunk, void> {
  let chunk: Chunk = [];
  let bytes = 0;
  for await (const message of messages) {
    const letter = left.get(positionOf(message));
    if (!letter) continue;
    left.delete(letter.id);
    chunk.push({ letter, message });
    bytes += message.value?.length ?? 0;
    if (chunk.length < CHUNK_MESSAGES && bytes < CHUNK_BYTES && left.size > 0) continue;
    yield chunk;
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield chunk;
}
