import { setTimeout as wait } from 'node:timers/promises';
import type { LocalStripe } from '@ticketing/testing/local-stripe';
import type { Random } from '../random.ts';

/** The banks that money goes back to: some take their time, some refuse, some send it back later. */
export interface Bank {
  /** From now on what waits succeeds, and nothing that succeeded fails any more. */
  calmDown: () => void;
  close: () => Promise<void>;
}

type Status = 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled';
type Weights = Partial<Record<Status, number>>;

const EVERY_MS = 300;
/** What refunds are when they are made; and what becomes of one that waits, when something does. */
const AT_FIRST: Weights = { succeeded: 64, pending: 18, requires_action: 4, failed: 9, canceled: 5 };
const IN_THE_END: Weights = { succeeded: 80, requires_action: 5, failed: 10, canceled: 5 };
/** For this many refunds it is said beforehand what they are at first; more that are made in between succeed. */
const SAID_BEFOREHAND = 12;
/** In each round, of each that waits. */
const MOVES_CHANCE = 0.2;
/** Of refunds that succeeded, as many come back, after some time. */
const COMES_BACK_CHANCE = 0.1;
const COMES_BACK_AFTER_MS = [300, 4_000] as const;

/** Opens it for the refunds of one sale. */
export function openBank(stripe: LocalStripe, random: Random): Bank {
  const closing = new AbortController();
  /** When those that succeeded come back; null: never. */
  const comesBackAt = new Map<string, number | null>();
  let isCalm = false;
  let said = 0;

  const judge = (id: string) => {
    const [soonest, latest] = COMES_BACK_AFTER_MS;
    const isRefused = random.chance(COMES_BACK_CHANCE);
    comesBackAt.set(id, isRefused ? performance.now() + random.between(soonest, latest) : null);
  };
  const move = (id: string, status: string) => {
    if (status === 'pending' || status === 'requires_action') {
      if (isCalm) stripe.changeRefund(id, 'succeeded');
      else if (random.chance(MOVES_CHANCE)) {
        const next = random.weighted(IN_THE_END);
        if (next !== status) stripe.changeRefund(id, next);
      }
    } else if (status === 'succeeded' && !isCalm) {
      if (!comesBackAt.has(id)) judge(id);
      const at = comesBackAt.get(id) ?? Infinity;
      if (performance.now() >= at) stripe.changeRefund(id, random.chance(0.7) ? 'failed' : 'canceled');
    }
  };
  const work = async () => {
    while (!closing.signal.aborted) {
      const { refunds } = stripe.books();
      for (const { id, status } of refunds) move(id, status);
      while (!isCalm && said < refunds.length + SAID_BEFOREHAND) {
        said++;
        stripe.nextRefunds({ status: random.weighted(AT_FIRST), times: 1 });
      }
      await wait(EVERY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };
  const done = work();
  return {
    calmDown: () => (isCalm = true),
    close: async () => {
      closing.abort();
      await done;
    },
  };
}
