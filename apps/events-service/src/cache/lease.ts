import type { BoundedRedis } from '@ticketing/service-kit/redis';
import type { Copies } from './copies.ts';
import type { Letter } from './inbox.ts';
import { acknowledgeWrite, releaseLease, renewLease, type Renewal } from './register.ts';

/** Leave to serve copies without asking Redis: while it lasts, no write is acknowledged before this replica has heard of it. */
export interface Lease {
  isHeld: (nowMs: number) => boolean;
  /** Drops what a write has made untrue, and tells the writer. */
  hear: (written: Extract<Letter, { kind: 'written' }>) => void;
  /** Drops what a write of this replica has made untrue. */
  noteOwn: (renewal: Renewal, stampKeys: readonly string[]) => void;
  close: () => Promise<void>;
}

export interface LeaseOptions {
  redis: BoundedRedis;
  replicaId: string;
  copies: Copies;
  /** Whether this replica hears of writes. Without, every write would have to wait for the lease to run out. */
  hearsWrites: () => boolean;
}

/** How long a replica that has gone silent may go on serving copies, and a write has to wait for it. */
export const LEASE_MS = 1_000;
const RENEW_EVERY_MS = 250;
/** Clocks of two machines do not run equally fast. */
export const LEASE_MARGIN_MS = 50;

/**
 * Holds a lease as long as it can. A renewal says how many writes were announced so far: if more than this replica has
 * heard of, it drops every copy. So, whatever was not heard, a lease that was renewed after a write covers no copy from
 * before it; and one that was renewed before it is over, at the latest, when the writer has waited for LEASE_MS.
 */
export function startLease({ redis, replicaId, copies, hearsWrites }: LeaseOptions): Lease {
  let known: Renewal | undefined;
  let watchedSince = 0;
  let untilMs = 0;
  let untilWallMs = 0;
  let isRenewing = false;
  let isEntered = false;
  let isClosed = false;

  const renew = async () => {
    // From before the question, so that a writer can tell when the last lease is over.
    const [askedAt, askedAtWall] = [performance.now(), Date.now()];
    const isWatched = askedAt - watchedSince > LEASE_MS + LEASE_MARGIN_MS;
    isEntered = true;
    const renewal = await renewLease(redis, replicaId, isWatched ? known?.registerId : undefined);
    if (known?.registerId !== renewal.registerId) {
      copies.clear();
      known = renewal;
      watchedSince = performance.now();
    } else if (renewal.writes > known.writes) {
      copies.clear();
      known = renewal;
    }
    if (isClosed || !hearsWrites()) return;
    untilMs = askedAt + LEASE_MS;
    // Beside the monotonic clock, which may stand still while the machine does.
    untilWallMs = askedAtWall + LEASE_MS;
  };
  const release = async () => {
    if (!isEntered) return;
    untilMs = 0;
    await releaseLease(redis, replicaId);
    isEntered = false;
  };
  const tend = async () => {
    if (isRenewing || isClosed) return;
    isRenewing = true;
    // What fails is tried again; meanwhile the lease runs out.
    await (hearsWrites() ? renew() : release()).catch(() => undefined);
    isRenewing = false;
  };
  const tending = setInterval(() => void tend(), RENEW_EVERY_MS).unref();
  void tend();

  const advance = (writes: number, stampKeys: readonly string[]) => {
    if (!known || writes <= known.writes) return;
    if (writes === known.writes + 1) copies.drop(stampKeys);
    else copies.clear();
    known = { ...known, writes };
  };

  return {
    isHeld: (nowMs) => performance.now() < untilMs && nowMs < untilWallMs,
    hear: ({ registerId, writes, writerId, token, stampKeys }) => {
      // Of another register: the next renewal finds it, and drops everything.
      if (known?.registerId !== registerId) return;
      advance(writes, stampKeys);
      // A writer that is not told waits for the lease to run out.
      void acknowledgeWrite(redis, { writerId, token, replicaId }).catch(() => undefined);
    },
    noteOwn: ({ registerId, writes }, stampKeys) => {
      copies.drop(stampKeys);
      if (known?.registerId === registerId) advance(writes, stampKeys);
    },
    close: async () => {
      isClosed = true;
      clearInterval(tending);
      // Whatever fails here costs the next write a wait.
      await release().catch(() => undefined);
    },
  };
}
