import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startLocalRedis, type LocalRedis } from '@ticketing/testing/local-redis';
import { temporaryHome } from '@ticketing/testing/temporary-home';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anEvent } from './builders.ts';
import { redisClient, startCached } from './cached-catalogue.ts';
import type { Catalogue } from './catalogue.ts';
import { startProxy, type Proxy } from './proxy.ts';

/** How long writes and reads race with faults on: more by hand, `CACHE_RACE_SECONDS=180 pnpm vitest run --reporter=verbose test/cached-race.test.ts`. */
const RACE_SECONDS = Number(process.env.CACHE_RACE_SECONDS ?? 8);
/** Between a fault and the next, while all is well. */
const BREATHER_MS = 1_000;
/** Longest that one read may take, on a machine that has other things to do. */
const READ_BOUND_MS = 5_000;

let redis: LocalRedis;
let admin: Redis;
/** Between each replica and Redis. */
let proxies: [Proxy, Proxy];
let replicas: [Catalogue, Catalogue];
beforeAll(async () => {
  redis = await startLocalRedis({
    dataDir: join(await temporaryHome(), `ticketing-redis-${randomBytes(6).toString('hex')}`),
    persistent: false,
  });
  admin = redisClient(redis.url);
  proxies = [await startProxy(redis.url), await startProxy(redis.url)];
  const env = { EVENTS_CACHE_TIMEOUT_MS: '100' };
  const first = await startCached({ redisUrl: proxies[0].url, env });
  replicas = [first, await startCached({ redisUrl: proxies[1].url, env, beside: first })];
});
afterAll(async () => {
  for (const replica of replicas.toReversed()) await replica.close();
  for (const proxy of proxies) await proxy.close();
  admin.disconnect();
  await redis.stop();
});

const faults: [string, () => unknown, () => unknown][] = [
  ['none', () => undefined, () => undefined],
  ['flushed', () => admin.flushall(), () => undefined],
  ['killed', () => redis.crash(), () => redis.restart()],
  ['paused', () => process.kill(redis.pid, 'SIGSTOP'), () => process.kill(redis.pid, 'SIGCONT')],
  ['slow by 500 ms', () => proxies.forEach(({ delay }) => delay(500)), () => proxies.forEach(restore)],
  ['slow for one replica', () => proxies[0].delay(70), () => restore(proxies[0])],
  ['unreachable for one replica', () => proxies[1].cut(), () => restore(proxies[1])],
  ['speaking nonsense', () => proxies[0].babble('$-1\r\n'), () => restore(proxies[0])],
];
const restore = (proxy: Proxy) => proxy.restore();

test(
  'writes racing reads while Redis fails in every way: no answer is older than the last write acknowledged before it was asked for',
  async ({ annotate }) => {
    const organizer = replicas[0].someone('organizer');
    const { body: created } = await organizer.call('POST', '/events', anEvent());
    const path = `/events/${created.id}`;
    const seen = { acknowledged: created.version, isOver: false, writes: 0, refusedWrites: 0, reads: 0, slowestMs: 0 };
    const from: Record<string, number> = {};
    const wrong: unknown[] = [];

    const read = async ({ anyone }: Catalogue, what: string) => {
      while (!seen.isOver) {
        const atLeast = seen.acknowledged;
        const startedAt = performance.now();
        const answer = await anyone.call('GET', what);
        const tookMs = performance.now() - startedAt;
        const shown = what === path ? answer.body : answer.body.items.find((item) => item.id === created.id);
        if (answer.status !== 200 || (shown?.version ?? 0) < atLeast || tookMs > READ_BOUND_MS) {
          wrong.push({ what, status: answer.status, version: shown?.version, atLeast, tookMs });
        }
        seen.reads++;
        seen.slowestMs = Math.max(seen.slowestMs, tookMs);
        const cache = answer.headers.get('x-cache') ?? 'none';
        from[cache] = (from[cache] ?? 0) + 1;
      }
    };
    const write = async (replica: Catalogue) => {
      const client = replica.someone('admin');
      for (let index = 0; !seen.isOver; index++) {
        const { status, body } = await client.call('PATCH', path, { title: `Title ${replica.url} ${index}` });
        seen.writes++;
        if (status === 200) seen.acknowledged = Math.max(seen.acknowledged, body.version);
        else seen.refusedWrites++;
        // Copies have to live for a moment, or nobody reads them.
        await pause(30);
      }
    };
    const fail = async () => {
      const endsAt = performance.now() + RACE_SECONDS * 1_000;
      for (let index = 0; performance.now() < endsAt; index++) {
        const [, breakIt, mend] = faults[index % faults.length] ?? faults[0] ?? [];
        await breakIt?.();
        await pause(100 + Math.random() * 1_500);
        await mend?.();
        await pause(BREATHER_MS);
      }
      seen.isOver = true;
    };
    const readers = replicas.flatMap((replica) => [read(replica, path), read(replica, path), read(replica, '/events')]);
    await Promise.all([fail(), ...replicas.map(write), ...readers]);

    await annotate(JSON.stringify({ ...seen, from }));
    expect(wrong).toEqual([]);
    // Else nothing raced.
    expect(seen.acknowledged).toBeGreaterThan(2);
    expect(from.HIT).toBeGreaterThan(0);
  },
  (RACE_SECONDS + 60) * 1_000,
);
