import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClosing } from '@ticketing/service-kit/closing';
import pg from 'pg';
import type { AppName } from '../start/plan.ts';
import { sayLongSteps } from '../start/step.ts';
import { forgetTopics } from './checker/read-topics.ts';
import type { Violation } from './checker/world.ts';
import type { Ways } from './crowd/ways.ts';
import type { PlannedFault } from './faults/schedule.ts';
import { createRandom } from './random.ts';
import { runRound } from './round.ts';
import type { Figures } from './figures.ts';
import { startFragileShop, type Mode } from './shop/shop.ts';

export interface CampaignOptions {
  mode: Mode;
  seed: string;
  /** Rounds are repeated, on the same shop, until this much time has gone by. */
  totalMs: number;
  /** Length of a round's sale. */
  roundMs: number;
  /** In each round. */
  buyers: number;
  holdSeconds: number;
  settleLimitMs: number;
  maxClockOffsetMs: number;
  ways: Ways;
  /** Undefined: drawn from the seed, others in each round. */
  faults: PlannedFault[] | undefined;
  /** Gets histories and logs. */
  folder: string;
  /** Other programs in place of the built ones. */
  programs?: Partial<Record<AppName, string>>;
  signal: AbortSignal;
  say: (line: string) => void;
}

export interface CampaignResult {
  violations: Violation[];
  rounds: { name: string; historyFile: string; figures: Figures }[];
}

/** Starts a shop and lets one on-sale after the other run on it, until the time is over or something is wrong. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { mode, seed, folder, signal, say } = options;
  const closing = createClosing();
  const violations: Violation[] = [];
  try {
    await mkdir(folder, { recursive: true });
    const temporary = await mkdtemp(join(tmpdir(), 'ticketing-prove-'));
    closing.add(() => rm(temporary, { recursive: true, force: true }));
    // Where this runs as root, the database's account has to get through.
    await chmod(temporary, 0o755);
    const random = createRandom(seed);
    const start = sayLongSteps(say);
    const shop = await start('Starting the shop', (onStep) =>
      startFragileShop({
        ...{ mode, random, folder: temporary, logs: join(folder, 'logs') },
        holdSeconds: options.holdSeconds,
        maxClockOffsetMs: options.maxClockOffsetMs,
        ...(options.programs && { programs: options.programs }),
        onStep,
        onCrash: (what) => {
          say(what);
          violations.push({ rule: 'no process ends by itself', what });
        },
      }),
    );
    closing.add(shop.close);
    for (const { name, clockOffsetMs } of shop.replicas) {
      if (clockOffsetMs !== 0) say(`${name} runs ${(clockOffsetMs / 1_000).toFixed(1)} s off the right time`);
    }
    const pool = new pg.Pool({ connectionString: shop.databaseUrl, max: 3 });
    // The server is made to crash; whoever asks next connects anew.
    pool.on('error', () => undefined);
    closing.add(() => pool.end());

    const rounds: CampaignResult['rounds'] = [];
    const started = performance.now();
    for (let number = 1; ; number++) {
      const name = `round-${number}`;
      const { durationMs, ...rest } = { ...options, durationMs: options.roundMs };
      const result = await runRound({ ...rest, durationMs, shop, pool, name, random: random.fork(name) });
      violations.push(...result.violations);
      rounds.push({ name, historyFile: result.historyFile, figures: result.figures });
      const isOver = performance.now() - started + options.roundMs / 2 > options.totalMs;
      if (violations.length > 0 || isOver || signal.aborted) return { violations, rounds };
      // What was checked need not be carried along: memory and disk stay as they are, however long it goes on.
      if (shop.brokers !== undefined) await forgetTopics(shop.brokers);
      await shop.renewStripe();
      await rm(result.historyFile);
    }
  } finally {
    await closing.close();
  }
}
