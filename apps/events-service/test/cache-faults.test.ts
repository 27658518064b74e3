import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startLocalRedis, type LocalRedis } from '@ticketing/testing/local-redis';
import { temporaryHome } from '@ticketing/testing/temporary-home';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { anEvent } from './builders.ts';
import { redisClient, startCached, untilCached, xCache } from './cached-catalogue.ts';
import type { Catalogue, Client } from './catalogue.ts';
import { startProxy, type Proxy } from './proxy.ts';

let redis: LocalRedis;
let admin: Redis;
/** Between each replica and Redis. */
let proxies: [Proxy, Proxy];
let replicas: [Catalogue, Catalogue];
let organizer: Client;
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
  organizer = first.someone('organizer');
});
afterEach(async () => {
  for (const proxy of proxies) proxy.restore();
  for (const replica of replicas) await untilCached(replica);
});
afterAll(async () => {
  for (const replica of replicas.toReversed()) await replica.close();
  for (const proxy of proxies) await proxy.close();
  admin.disconnect();
  await redis.stop();
});

async function create() {
  const { body } = await organizer.call('POST', '/events', anEvent());
  return `/events/${body.id}`;
}

async function warm(path: string): Promise<void> {
  for (const { anyone } of replicas) {
    await expect.poll(async () => xCache(await anyone.call('GET', path))).toBe('HIT');
  }
}

/** Longest that one read may take while Redis is at fault, on a machine that has other things to do. */
const BOUND_MS = 1_500;

/** Reads from both replicas for a while, one after the other: all are answered, in bounded time, and right. */
async function readOn(path: string, version: number, times = 20): Promise<void> {
  for (let index = 0; index < times; index++) {
    for (const read of [path, '/events?limit=100']) {
      const startedAt = performance.now();
      const answers = await Promise.all(replicas.map(({ anyone }) => anyone.call('GET', read)));
      expect(performance.now() - startedAt).toBeLessThan(BOUND_MS);
      for (const { status, body } of answers) {
        const shown = read === path ? body : body.items.find((item) => `/events/${item.id}` === path);
        expect([status, shown?.version]).toEqual([200, version]);
      }
    }
  }
}

const faults: [string, () => unknown, () => unknown][] = [
  ['killed', () => redis.crash(), () => redis.restart()],
  ['paused', () => process.kill(redis.pid, 'SIGSTOP'), () => process.kill(redis.pid, 'SIGCONT')],
  ['unreachable', () => forBoth(({ cut }) => cut()), () => undefined],
  ['slow by 500 ms', () => forBoth(({ delay }) => delay(500)), () => undefined],
  ['full', () => admin.config('SET', 'maxmemory', '1'), () => admin.config('SET', 'maxmemory', '0')],
  ['no Redis at all', () => forBoth(({ babble }) => babble('HTTP/1.1 400 Bad Request\r\n\r\n')), () => undefined],
  ['answering anything with OK', () => forBoth(({ babble }) => babble('+OK\r\n')), () => undefined],
  ['answering anything with nothing', () => forBoth(({ babble }) => babble('$-1\r\n')), () => undefined],
  ['answering anything with an error', () => forBoth(({ babble }) => babble('-ERR no\r\n')), () => undefined],
];

function forBoth(work: (proxy: Proxy) => void): void {
  for (const proxy of proxies) work(proxy);
}

test.each(faults)(
  'while Redis is %s, Postgres answers in bounded time, writes show at once, and the cache comes back by itself',
  async (_what, breakIt, mend) => {
    const path = await create();
    await warm(path);
    await breakIt();
    try {
      await readOn(path, 1);
      const changed = await organizer.call('PATCH', path, { title: 'Meanwhile' });
      expect([changed.status, changed.body.version]).toEqual([200, 2]);
      await readOn(path, 2);
    } finally {
      for (const proxy of proxies) proxy.restore();
      await mend();
    }
    await readOn(path, 2);
    await warm(path);
    await readOn(path, 2);
  },
  60_000,
);

test('while Redis is slow, only the first reads pay for it', async () => {
  const path = await create();
  await warm(path);
  forBoth(({ delay }) => delay(500));
  const { anyone } = replicas[0];
  await expect.poll(async () => xCache(await anyone.call('GET', path))).toBe('BYPASS');
  const startedAt = performance.now();
  for (let index = 0; index < 20; index++) expect(xCache(await anyone.call('GET', path))).toBe('BYPASS');
  // One timeout each would be 2 s.
  expect(performance.now() - startedAt).toBeLessThan(1_500);
});

test('a write whose replica cannot reach Redis leaves no old copy in one that can', async () => {
  for (let round = 0; round < 2; round++) {
    const path = await create();
    await warm(path);
    const [away, reaching] = replicas;
    proxies[0].cut();
    const state = { isAcknowledged: false };
    const changed = away
      .someone('admin')
      .call('PATCH', path, { title: 'Meanwhile' })
      .finally(() => {
        state.isAcknowledged = true;
      });
    const wrong: string[] = [];
    let hits = 0;
    let readsAfter = 0;
    while (readsAfter < 20) {
      const mustBeNew = state.isAcknowledged;
      if (mustBeNew) readsAfter++;
      const answer = await reaching.anyone.call('GET', path);
      if (xCache(answer) === 'HIT') hits++;
      if (mustBeNew && answer.body.title !== 'Meanwhile') wrong.push(answer.body.title);
    }
    expect((await changed).status).toBe(200);
    expect([wrong, hits > 0]).toEqual([[], true]);
    expect((await reaching.anyone.call('GET', '/events?limit=100')).text).toContain('Meanwhile');
    proxies[0].restore();
    await warm(path);
    expect((await away.anyone.call('GET', path)).body.title).toBe('Meanwhile');
  }
}, 60_000);

test('a replica that the database no longer hears serves no copies', async () => {
  const path = await create();
  await warm(path);
  const [cutOff, writer] = replicas;
  cutOff.proxy.cut();
  await expect.poll(async () => (await cutOff.anyone.call('GET', path)).status).toBe(503);
  cutOff.proxy.restore();
  expect((await writer.someone('admin').call('PATCH', path, { title: 'Other' })).status).toBe(200);
  await warm(path);
  expect((await cutOff.anyone.call('GET', path)).body.title).toBe('Other');
});

test('a flush takes copies away and nothing else', async () => {
  const path = await create();
  await warm(path);
  await admin.flushall();
  await readOn(path, 1, 3);
  await warm(path);
});

test('a Redis that comes back with what it had before a write serves none of it', async () => {
  const path = await create();
  await warm(path);
  await admin.save();
  expect((await organizer.call('PATCH', path, { title: 'Other' })).status).toBe(200);
  await redis.crash();
  await redis.restart();
  await expect.poll(() => admin.dbsize()).toBeGreaterThan(0);
  expect(await admin.exists(`events:body:2:event:${path.split('/')[2] ?? ''}`)).toBe(1);
  await readOn(path, 2);
  await warm(path);
  await readOn(path, 2);
});
