import { setTimeout as pause } from 'node:timers/promises';
import { RedisAway, type BoundedRedis } from '@ticketing/service-kit/redis';
import { inboxKey } from './register.ts';

/** What one replica tells another. */
export type Letter =
  /** A write was announced: the `writes`th of its register. */
  | { kind: 'written'; registerId: string; writes: number; writerId: string; token: string; stampKeys: string[] }
  /** A replica has heard of a write. */
  | { kind: 'heard'; token: string; replicaId: string };

export interface Inbox {
  /** Whether letters arrive, as far as is known. */
  isOpen: () => boolean;
  close: () => void;
}

const WAIT_SECONDS = 2;
const TIMEOUT_MS = WAIT_SECONDS * 1_000 + 500;
const PAUSE_WHILE_AWAY_MS = 100;

/**
 * Takes letters from this replica's list in Redis, on a connection of its own, which waits for them. Whatever is lost is
 * made up for by the lease (`lease.ts`); letters only make it quick. A list and not a subscription, in which ioredis 6
 * crashes on an answer that makes no sense.
 */
export function openInbox(redis: BoundedRedis, replicaId: string, onLetter: (letter: Letter) => void): Inbox {
  let isClosed = false;
  const take = async () => {
    const answer: unknown = await redis.ask((client) => client.blpop(inboxKey(replicaId), WAIT_SECONDS), {
      timeoutMs: TIMEOUT_MS,
    });
    if (answer === null) return;
    const text: unknown = Array.isArray(answer) ? answer[1] : undefined;
    const letter = typeof text === 'string' ? readLetter(text) : undefined;
    if (!letter) throw new RedisAway('What answers is not Redis');
    onLetter(letter);
  };
  const takeAll = async () => {
    while (!isClosed) await take().catch(() => pause(PAUSE_WHILE_AWAY_MS, undefined, { ref: false }));
  };
  void takeAll();
  return {
    isOpen: () => redis.runId() !== undefined,
    close: () => {
      isClosed = true;
      redis.close();
    },
  };
}

function readLetter(text: string): Letter | undefined {
  const [kind, ...parts] = text.split(' ');
  if (kind === 'heard') {
    const [token = '', replicaId = ''] = parts;
    return { kind, token, replicaId };
  }
  if (kind !== 'written') return undefined;
  const [registerId = '', writes, writerId = '', token = '', ...stampKeys] = parts;
  return { kind, registerId, writes: Number(writes), writerId, token, stampKeys };
}
