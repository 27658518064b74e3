import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Books, Charge, Dispute, PaymentIntent, Refund } from './books.ts';
import type { LoggedEvent } from './event-log.ts';
import type { IdempotencyKeys } from './idempotency.ts';

/** All that survives a restart. */
export interface Snapshot {
  version: 1;
  intents: PaymentIntent[];
  charges: Charge[];
  refunds: Refund[];
  /** Not in files of earlier releases, as `accountId` is not. */
  disputes?: Dispute[];
  accountId?: string;
  events: LoggedEvent[];
  keys: ReturnType<IdempotencyKeys['entries']>;
}

/** At least this long between two writes, and no more than a twentieth of the time spent writing. */
const MIN_PAUSE_MS = 250;
const PAUSE_PER_WRITE_MS = 20;

export interface Saver {
  /** Something changed: written soon. */
  changed: () => void;
  /** Writes what is unwritten. @throws when that fails */
  close: () => Promise<void>;
}

/** The state kept in `file`; undefined when there is no such file. @throws when it is not one of ours. */
export async function readSnapshot(file: string): Promise<Snapshot | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const broken = `${file} does not hold the local Stripe's state; remove it to start empty.`;
  try {
    const snapshot = JSON.parse(text) as Partial<Snapshot> | null;
    if (snapshot?.version === 1) return snapshot as Snapshot;
  } catch (cause) {
    throw new Error(broken, { cause });
  }
  throw new Error(broken);
}

/** The books as they were; `accountId` counts where the snapshot has none. */
export function booksFrom(snapshot: Snapshot, accountId: string): Books {
  const byId = <Item extends { id: string }>(items: Item[]) => new Map(items.map((item) => [item.id, item]));
  return {
    accountId: snapshot.accountId ?? accountId,
    intents: byId(snapshot.intents),
    charges: byId(snapshot.charges),
    refunds: byId(snapshot.refunds),
    disputes: byId(snapshot.disputes ?? []),
  };
}

/** Writes the state to `file` after changes, all of it or nothing (write, then rename), one write at a time. */
export function saver(file: string, take: () => Snapshot, onError: (error: unknown) => void): Saver {
  let timer: NodeJS.Timeout | undefined;
  let dirty = false;
  let pauseMs = MIN_PAUSE_MS;
  let writing: Promise<void> = Promise.resolve();
  const write = async () => {
    if (!dirty) return;
    dirty = false;
    const started = performance.now();
    const text = JSON.stringify(take());
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, text, { mode: 0o600 });
    await rename(`${file}.new`, file);
    pauseMs = Math.max(MIN_PAUSE_MS, PAUSE_PER_WRITE_MS * (performance.now() - started));
  };
  const writeNext = () => (writing = writing.catch(() => undefined).then(write));
  return {
    changed() {
      dirty = true;
      timer ??= setTimeout(() => {
        timer = undefined;
        writeNext().catch((error: unknown) => {
          dirty = true;
          onError(error);
        });
      }, pauseMs);
    },
    async close() {
      clearTimeout(timer);
      // A write that failed before is made good here, or reported.
      await writeNext();
    },
  };
}
