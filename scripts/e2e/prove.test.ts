import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { present } from '@ticketing/service-kit/present';
import { runCampaign } from '../prove/campaign.ts';
import { WAYS } from '../prove/crowd/ways.ts';
import { buildBroken } from '../prove/mutants/build.ts';
import { MUTANTS } from '../prove/mutants/list.ts';
import { tryMutant } from '../prove/mutants/try.ts';
import { HOLD_SECONDS, MAX_CLOCK_OFFSET_MS, SETTLE_LIMIT_MS } from '../prove/settings.ts';

const SALE_MS = 8_000;
/** Everything but the sale takes half a minute, unless something has to be waited for. */
const TIMEOUT_MS = SALE_MS + SETTLE_LIMIT_MS + 60_000;
/** Enough to see that a checker is at work here: the whole list takes minutes (`pnpm prove --mutants`). */
const TRIED = ['no-stock-lock', 'release-without-asking'];

let folder: string;
const { signal } = new AbortController();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ticketing-prove-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test(
  'an on-sale under faults loses nothing and sells no seat twice',
  async () => {
    const said: string[] = [];
    const { violations, rounds } = await runCampaign({
      ...{ mode: 'full', seed: 'test', totalMs: 0, roundMs: SALE_MS, buyers: 200, holdSeconds: HOLD_SECONDS },
      ...{ settleLimitMs: SETTLE_LIMIT_MS, maxClockOffsetMs: MAX_CLOCK_OFFSET_MS, faults: undefined, ways: WAYS },
      ...{ folder: join(folder, 'faults'), signal, say: (line) => said.push(line) },
    });
    expect({ violations, said: violations.length > 0 ? said : [] }).toEqual({ violations: [], said: [] });
    const { figures } = present(rounds[0]);
    expect(figures.orders.paid).toBeGreaterThan(0);
    expect(Object.keys(figures.faults).length).toBeGreaterThan(2);
  },
  TIMEOUT_MS,
);

for (const name of TRIED) {
  test(
    `the checker notices code that is broken: ${name}`,
    async () => {
      const mutant = present(MUTANTS.find((one) => one.name === name));
      const { isCaught, violations } = await tryMutant(mutant, { seed: 'test', folder, signal });
      expect({ isCaught, violations: isCaught ? [] : violations }).toEqual({ isCaught: true, violations: [] });
    },
    TIMEOUT_MS,
  );
}

test('every way to break the code still fits the code', async () => {
  for (const { name, patches } of MUTANTS) {
    const { programs, remove } = await buildBroken(name, patches);
    await remove();
    expect(Object.keys(programs), name).not.toEqual([]);
  }
});
