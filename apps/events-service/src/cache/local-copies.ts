import type { BoundedRedis } from '@ticketing/service-kit/redis';
import type { FinishedBody } from '../event-read.ts';
import { createAnnouncements, type Announcements } from './announce.ts';
import { createCopies, type Copies } from './copies.ts';
import { startLease } from './lease.ts';
import { newName } from './register.ts';
import { openInbox } from './inbox.ts';

/** Copies in this process, and their part of a write. */
export interface LocalCopies extends Pick<Copies, 'keep' | 'version' | 'size'>, Pick<Announcements, 'announce'> {
  /** A body that may be served now, without asking anyone. */
  find: (bodyKey: string) => FinishedBody | undefined;
  close: () => Promise<void>;
}

export interface LocalCopiesOptions {
  redis: BoundedRedis;
  /** The same on a connection of its own. */
  inboxRedis: BoundedRedis;
  /** The era that copies must be of; undefined: none may be served. */
  era: () => string | undefined;
  maxBytes: number;
}

/** Keeps copies of what Redis has, served while this replica holds a lease (`lease.ts`). */
export function openLocalCopies({ redis, inboxRedis, era, maxBytes }: LocalCopiesOptions): LocalCopies {
  const replicaId = newName();
  const copies = createCopies(maxBytes);
  const { announce, acknowledge } = createAnnouncements({
    ...{ redis, replicaId },
    onAnnounced: (announced, stampKeys) => lease.noteOwn(announced, stampKeys),
  });
  const inbox = openInbox(inboxRedis, replicaId, (letter) => {
    if (letter.kind === 'heard') acknowledge(letter.token, letter.replicaId);
    else lease.hear(letter);
  });
  const lease = startLease({ redis, replicaId, copies, hearsWrites: inbox.isOpen });
  return {
    ...{ keep: copies.keep, version: copies.version, size: copies.size, announce },
    find: (bodyKey) => {
      const nowMs = Date.now();
      if (!lease.isHeld(nowMs)) return undefined;
      const copy = copies.find(bodyKey);
      return copy && copy.validUntilMs > nowMs && copy.era === era() ? copy.body : undefined;
    },
    close: async () => {
      await lease.close();
      inbox.close();
    },
  };
}
