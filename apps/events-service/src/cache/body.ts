import { createHash, randomBytes } from 'node:crypto';
import type { FinishedBody } from '../event-read.ts';

/** Bodies of the same era were stored while the same Redis process answered and no write had ended the epoch. */
export function eraOf(epoch: string, runId: string): string {
  return createHash('sha256').update(`${epoch} ${runId}`).digest('base64url').slice(0, ERA_LENGTH);
}

/** A new stamp of an era; no two are the same. */
export function newStamp(era: string): string {
  return `${era}${randomBytes(12).toString('base64url')}`;
}

const ERA_LENGTH = 12;

/** What is stored: one line that says what this is and when it ends to be true by itself, then the body. */
export function packBody(stamp: string, bodyKey: string, { json, etag }: FinishedBody, validUntilMs: number): string {
  return `${stamp} ${validUntilMs} ${etag} ${bodyKey}\n${json.toString()}`;
}

/** What was stored, and is valid. */
export interface StoredBody {
  body: { json: Buffer; etag: string };
  validUntilMs: number;
}

/** The body, or undefined if what is stored is not valid, not of this era, or no such thing at all. */
export function unpackBody(
  stored: { stamp: Buffer | null | undefined; value: Buffer | null | undefined },
  expected: { era: string; bodyKey: string; nowMs: number },
): StoredBody | undefined {
  const { stamp, value } = stored;
  if (!Buffer.isBuffer(stamp) || !Buffer.isBuffer(value)) return undefined;
  const headEnd = value.indexOf('\n');
  if (headEnd < 0 || headEnd > MAX_HEAD_BYTES) return undefined;
  const [ownStamp = '', validUntilMs, etag = '', bodyKey] = value.toString('latin1', 0, headEnd).split(' ');
  const isValid =
    ownStamp.startsWith(expected.era) &&
    ownStamp === stamp.toString('latin1') &&
    bodyKey === expected.bodyKey &&
    Number(validUntilMs) > expected.nowMs;
  if (!isValid) return undefined;
  return { body: { json: value.subarray(headEnd + 1), etag }, validUntilMs: Number(validUntilMs) };
}

const MAX_HEAD_BYTES = 300;
