import { join } from 'node:path';
import { runCampaign } from '../campaign.ts';
import type { Violation } from '../checker/world.ts';
import { WAYS } from '../crowd/ways.ts';
import { buildBroken } from './build.ts';
import type { Mutant } from './mutant.ts';

export interface Trial {
  /** Whether the code was found out, for what it is. */
  isCaught: boolean;
  violations: Violation[];
  tookMs: number;
}

/** Much shorter than a proof: broken code shows soon. */
const ROUND_MS = 6_000;
const BUYERS = 180;
const HOLD_SECONDS = 2;
/** What broken code has left undone stays undone. */
const SETTLE_LIMIT_MS = 15_000;

export interface TryOptions {
  seed: string;
  folder: string;
  signal: AbortSignal;
}

/** Runs a short sale on the broken code, with people and only those faults that bring it to light. */
export async function tryMutant(mutant: Mutant, { seed, folder, signal }: TryOptions): Promise<Trial> {
  const started = performance.now();
  const { programs, remove } = await buildBroken(mutant.name, mutant.patches);
  try {
    const { violations } = await runCampaign({
      ...{ mode: mutant.mode, seed, signal, programs, folder: join(folder, mutant.name) },
      ...{ totalMs: 0, roundMs: ROUND_MS, buyers: mutant.buyers ?? BUYERS, holdSeconds: HOLD_SECONDS },
      ...{ settleLimitMs: SETTLE_LIMIT_MS, maxClockOffsetMs: 0, faults: mutant.faults ?? [] },
      ways: mutant.ways ?? WAYS,
      say: () => undefined,
    });
    const isCaught = violations.some(({ rule }) => mutant.rules.includes(rule));
    return { isCaught, violations, tookMs: performance.now() - started };
  } finally {
    await remove();
  }
}

/** The code as it is, under the same conditions: nothing may be found in it. */
export const CONTROLS: Mutant[] = (['standalone', 'full'] as const).map((mode) => ({
  name: `unbroken-${mode}`,
  what: 'the code as it is, of which nothing may be said',
  mode,
  patches: [],
  rules: [],
}));
