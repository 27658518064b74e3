import type { BoundedRedis } from '@ticketing/service-kit/redis';
import { LEASE_MARGIN_MS, LEASE_MS } from './lease.ts';
import { announceWrite, forgetReplicas, newName, type Renewal } from './register.ts';

export interface Announcements {
  /**
   * Makes a write known. When it has returned, what was stored under these keys is served by no replica any more, from
   * Redis or from a copy of its own. Returns whether every replica has said so; else their leases were waited out.
   * Throws RedisAway where Redis does not take it in time.
   */
  announce: (keys: { stamps: string[]; bodies: string[] }) => Promise<'heard-by-all' | 'waited'>;
  /** A replica has heard of a write. */
  acknowledge: (token: string, replicaId: string) => void;
}

/** A write waits longer for Redis than a read: what it cannot deliver costs it a whole epoch. */
const ANNOUNCE_TIMEOUT_MS = 1_000;

/** The writer's side of the leases. */
export function createAnnouncements({
  redis,
  replicaId,
  onAnnounced,
}: {
  redis: BoundedRedis;
  replicaId: string;
  /** Drops this replica's own copies. */
  onAnnounced: (announced: Renewal, stampKeys: readonly string[]) => void;
}): Announcements {
  const listening = new Map<string, (replicaId: string) => void>();

  return {
    announce: async (keys) => {
      const token = newName();
      const heard = createHeard();
      // Before it is sent: replicas may answer before Redis does.
      listening.set(token, heard.add);
      try {
        const announced = await announceWrite(redis, { replicaId, token, keys }, ANNOUNCE_TIMEOUT_MS);
        onAnnounced(announced, keys.stamps);
        const { replicas, isSettled } = announced;
        // Of a register that is not settled, nobody knows all who hold a lease.
        const isHeard = await heard.byAll(isSettled ? replicas : undefined, LEASE_MS + LEASE_MARGIN_MS);
        if (isHeard) return 'heard-by-all';
        // So that the next write does not wait for those that are gone.
        await forgetReplicas(redis, announced, heard.missingOf(replicas)).catch(() => undefined);
        return 'waited';
      } finally {
        listening.delete(token);
      }
    },
    acknowledge: (token, from) => listening.get(token)?.(from),
  };
}

/** Who has heard of one write. */
function createHeard() {
  const heard = new Set<string>();
  let onHeard: () => void = () => undefined;
  const missingOf = (replicas: string[]) => replicas.filter((replica) => !heard.has(replica));
  return {
    add: (replica: string) => {
      heard.add(replica);
      onHeard();
    },
    missingOf,
    /** Waits for all of these, or for so long; of unknown ones, for so long. */
    byAll: (replicas: string[] | undefined, timeoutMs: number) =>
      new Promise<boolean>((resolve) => {
        const isComplete = () => replicas !== undefined && missingOf(replicas).length === 0;
        if (isComplete()) {
          resolve(true);
          return;
        }
        const timer = setTimeout(() => resolve(false), timeoutMs);
        onHeard = () => {
          if (!isComplete()) return;
          clearTimeout(timer);
          resolve(true);
        };
      }),
  };
}
