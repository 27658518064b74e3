import type { IHeaders, KafkaMessage } from 'kafkajs';

/** A header may be there more than once; a value is bytes. */
export type Headers = Record<string, Buffer | Buffer[]>;

/** A message as it is in a topic, byte for byte. */
export interface ReceivedMessage {
  topic: string;
  partition: number;
  /** Position in the partition, a 64-bit number in decimal. */
  offset: string;
  /** When it was produced, in ms since 1970, by the producer's clock. */
  timestampMs: number;
  key: Buffer | null;
  /** Null: a tombstone. */
  value: Buffer | null;
  headers: Headers;
}

/** A message to be produced. */
export interface OutgoingMessage {
  key: Buffer | string | null;
  value: Buffer | string | null;
  headers?: Record<string, Buffer | string | (Buffer | string)[]>;
}

/** The text of a header, the last one if there are several; undefined if there is none. */
export function headerText(headers: Headers, name: string): string | undefined {
  const found = headers[name];
  return (Array.isArray(found) ? found.at(-1) : found)?.toString();
}

export function receivedMessage(topic: string, partition: number, message: KafkaMessage): ReceivedMessage {
  const { offset, timestamp, key, value, headers } = message;
  return { topic, partition, offset, timestampMs: Number(timestamp), key, value, headers: normalised(headers ?? {}) };
}

function normalised(headers: IHeaders): Headers {
  const normal: Headers = {};
  for (const [name, given] of Object.entries(headers)) {
    // Other clients may send a header without a value, which kafkajs' types leave out.
    const value = given as typeof given | null;
    if (value === undefined || value === null) continue;
    normal[name] = Array.isArray(value) ? value.map((one) => Buffer.from(one)) : Buffer.from(value);
  }
  return normal;
}
