import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createClosing } from '@ticketing/service-kit/closing';
import type pg from 'pg';
import { check } from './checker/check.ts';
import { findEnds } from './checker/read-topics.ts';
import { readWorld } from './checker/read-world.ts';
import { watchStock } from './checker/watch-stock.ts';
import type { Violation } from './checker/world.ts';
import { openBank } from './crowd/bank.ts';
import { gatherCrowd } from './crowd/crowd.ts';
import { recordedHttp } from './crowd/http.ts';
import { putOnSale } from './crowd/on-sale.ts';
import { createOperator } from './crowd/operator.ts';
import type { Place } from './crowd/place.ts';
import type { Ways } from './crowd/ways.ts';
import { callRoll } from './crowd/roll-call.ts';
import { inflict, mendAll, targetsOf } from './faults/inflict.ts';
import { planFaults, type PlannedFault } from './faults/schedule.ts';
import { figuresOf, type Figures } from './figures.ts';
import { openHistory } from './history.ts';
import type { Random } from './random.ts';
import { MAX_OPEN_HOLDS } from './settings.ts';
import { waitUntilSettled } from './settled.ts';
import type { FragileShop } from './shop/shop.ts';

export interface RoundOptions {
  shop: FragileShop;
  /** Past every proxy. */
  pool: pg.Pool;
  /** Tells rounds apart. */
  name: string;
  /** Stays; gets the history. */
  folder: string;
  random: Random;
  buyers: number;
  durationMs: number;
  holdSeconds: number;
  /** Everything must have settled this long after the last fault. */
  settleLimitMs: number;
  ways: Ways;
  /** Undefined: drawn from the seed. */
  faults: PlannedFault[] | undefined;
  signal: AbortSignal;
  say: (line: string) => void;
}

export interface RoundResult {
  historyFile: string;
  violations: Violation[];
  figures: Figures;
}

const PROGRESS_MS = 5_000;
const SMTP_OK = 250;

/** One on-sale under faults: the crowd, the faults, the settling, and what the checker says to it all. */
export async function runRound(options: RoundOptions): Promise<RoundResult> {
  const { shop, pool, name, random, buyers, durationMs, signal, say } = options;
  const sinceMs = await databaseNow(pool);
  const topics = shop.brokers === undefined ? undefined : await topicsFromNow(shop.brokers);
  const closing = createClosing();
  const history = openHistory(join(options.folder, `${name}.jsonl`));
  const http = recordedHttp(history);
  shop.mails.deliverTo(({ at, to, ...mail }) =>
    history.tell({ at, tookMs: 0, who: to.join(), deed: 'get-mail', status: SMTP_OK, ...mail }),
  );
  try {
    const organizer = { id: randomUUID(), email: 'organizer@example.com' };
    const at = { url: shop.url, jwtSecret: shop.jwtSecret, organizer };
    const events = await putOnSale(at, buyers);
    const eventIds = events.map(({ id }) => id);
    const { ways, holdSeconds } = options;
    const place: Place = { ...at, http, stripeUrl: shop.stripe.url, events, random, signal, ways, holdSeconds };

    const bank = openBank(shop.stripe, random.fork('bank'));
    closing.add(bank.close);
    const operator = createOperator(shop.workerDatabaseUrl, history);
    const watch = watchStock(pool, { eventIds, maxOpenHolds: MAX_OPEN_HOLDS });
    const crowd = gatherCrowd({ place, name, buyers, durationMs });
    const planned = options.faults ?? planFaults(random.fork('faults'), durationMs, targetsOf(shop));
    const faults = inflict(shop, planned, { say, signal });
    const progress = setInterval(() => {
      const { arrived, left } = crowd.progress();
      const { held, sold, capacity } = watch.latest();
      say(
        `${arrived} of ${buyers} buyers have come, ${left} have left; ${held} seats held, ${sold} sold of ${capacity}`,
      );
    }, PROGRESS_MS);
    const shift = operator.startShift();
    await Promise.all([crowd.done, faults.done]).finally(async () => {
      clearInterval(progress);
      await shift.end();
    });
    signal.throwIfAborted();

    say('the sale is over and no more faults come: now everything has to settle');
    await mendAll(shop);
    bank.calmDown();
    const settling = await waitUntilSettled(shop, pool, {
      ...{ eventIds, limitMs: options.settleLimitMs, lookAfter: operator.lookAfterRefunds },
    });
    say(`settled in ${(settling.tookMs / 1_000).toFixed(1)} s; everyone looks at their orders once more`);
    await callRoll(at, http, history);
    await watch.stop();

    const world = await readWorld({
      ...{ historyFile: history.file, database: pool, eventIds, sinceMs },
      ...{ topics, stripeUrl: shop.stripe.url, disturbances: faults.disturbances() },
    });
    const stuck = settling.open.map((what) => ({
      rule: `everything settles within ${options.settleLimitMs / 1_000} s`,
      what,
    }));
    return {
      historyFile: history.file,
      violations: [...watch.violations(), ...stuck, ...check(world)],
      figures: {
        ...figuresOf(world),
        ...{ buyers, looksAtStock: watch.looks(), ways: crowd.ways(), faults: faults.counts() },
        settledMs: Math.round(settling.tookMs),
      },
    };
  } finally {
    await closing.close();
    await http.close();
    shop.mails.deliverTo(undefined);
    history.close();
  }
}

async function topicsFromNow(brokers: string) {
  return { brokers, since: await findEnds(brokers) };
}

async function databaseNow(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ now: Date }>('select now()');
  return rows[0]?.now.getTime() ?? Date.now();
}
