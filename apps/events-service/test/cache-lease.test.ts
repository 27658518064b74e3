import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startLocalRedis, type LocalRedis } from '@ticketing/testing/local-redis';
import { temporaryHome } from '@ticketing/testing/temporary-home';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Redis } from 'ioredis';
import { createCopies } from '../src/cache/copies.ts';
import { eventEntry } from '../src/cache/entry.ts';
import type { EventCache } from '../src/event-cache.ts';
import type { FinishedEvent } from '../src/event-read.ts';
import type { StoredEvent } from '../src/event.ts';
import { bodyOf, startCaches } from './cached-catalogue.ts';

const unread = () => Promise.reject<FinishedEvent>(new Error('The database was read'));
const written = (id: string) => () => Promise.resolve({ id, publishedAt: new Date() } as StoredEvent);
const REGISTER = 'events:leases';

/** Nobody else's: the register is one for all replicas of a Redis. */
let redis: LocalRedis;
beforeAll(async () => {
  redis = await startLocalRedis({
    dataDir: join(await temporaryHome(), `ticketing-redis-${randomBytes(6).toString('hex')}`),
    persistent: false,
  });
});
afterAll(() => redis.stop());

async function read(cache: EventCache, id: string, text: string): Promise<string> {
  const ended = await cache.readEvent(id, () => Promise.resolve(bodyOf(text)));
  const body = ended.cache === 'HIT' ? ended.body : ended.value;
  return body ? String(JSON.parse(body.json.toString())) : 'none';
}

/** Two replicas that serve copies of their own, which no write has to wait for in vain. */
async function startLeased() {
  const { caches, client, registries } = await startCaches(2, { redisUrl: redis.url });
  const [one, other] = caches as [EventCache, EventCache];
  const isSettled = async () => {
    const register = await client.hgetall(REGISTER);
    return register.settled === '1' && Object.keys(register).filter((name) => name.startsWith('replica ')).length === 2;
  };
  await expect.poll(isSettled).toBe(true);
  return { one, other, client, registries };
}

/** Reads until the replica answers from its own memory, which shows when Redis has lost what it had. */
async function warm(client: Redis, cache: EventCache, id: string): Promise<void> {
  await read(cache, id, 'old');
  await expect
    .poll(async () => {
      await read(cache, id, 'old');
      const { bodyKey, stampKey } = eventEntry(id);
      const values = await client.mget(bodyKey, stampKey);
      await client.del(bodyKey, stampKey);
      const from = await cache.readEvent(id, unread).catch(() => undefined);
      await client.mset(bodyKey, values[0] ?? '', stampKey, values[1] ?? '');
      return from?.cache;
    })
    .toBe('HIT');
}

async function invalidations(registry: { metrics: () => Promise<string> } | undefined, how: string): Promise<number> {
  const text = (await registry?.metrics()) ?? '';
  return Number(new RegExp(`events_cache_invalidations_total\\{how="${how}".*\\} (\\d+)`).exec(text)?.[1] ?? 0);
}

test('a copy in one replica is gone when a write of another is acknowledged, which waits for nobody in vain', async () => {
  const { one, other, client, registries } = await startLeased();
  for (let round = 1; round <= 20; round++) {
    const id = randomUUID();
    for (const cache of [one, other]) await warm(client, cache, id);
    const writer = round % 2 ? one : other;
    await writer.write(id, written(id));
    for (const cache of [one, other]) expect(await read(cache, id, 'new')).toBe('new');
  }
  expect(await invalidations(registries[0], 'heard-by-all')).toBe(10);
  expect(await invalidations(registries[1], 'heard-by-all')).toBe(10);
});

test('a write waits until the lease of a replica that has gone silent is over, and the next does not', async () => {
  const { one, client, registries } = await startLeased();
  await client.hset(REGISTER, 'replica silent', '0');
  const id = randomUUID();
  const startedAt = performance.now();
  await one.write(id, written(id));
  expect(performance.now() - startedAt).toBeGreaterThan(1_000);
  expect(await client.hexists(REGISTER, 'replica silent')).toBe(0);
  await one.write(id, written(id));
  expect([await invalidations(registries[0], 'waited'), await invalidations(registries[0], 'heard-by-all')]).toEqual([
    1, 1,
  ]);
});

test('a replica that has renewed its lease since the write is not forgotten', async () => {
  const { one, client } = await startLeased();
  await client.hset(REGISTER, 'replica deaf', '0');
  const id = randomUUID();
  const writes = async () => Number(await client.hget(REGISTER, 'writes'));
  const before = await writes();
  const writing = one.write(id, written(id));
  await expect.poll(writes).toBe(before + 1);
  await client.hset(REGISTER, 'replica deaf', before + 1);
  await writing;
  expect(await client.hdel(REGISTER, 'replica deaf')).toBe(1);
});

test('a write that finds the register gone waits for leases that nobody knows of any more', async () => {
  const { one, other, client, registries } = await startLeased();
  const id = randomUUID();
  await warm(client, other, id);
  await client.del(REGISTER);
  await one.write(id, written(id));
  expect(await read(other, id, 'new')).toBe('new');
  expect(await invalidations(registries[0], 'waited')).toBe(1);
});

test('a replica that did not get word of a write drops its copies when it renews its lease', async () => {
  const { one, other, client } = await startLeased();
  const id = randomUUID();
  await warm(client, other, id);
  // A write that nobody is told of, and that nobody waits for.
  await client.multi().del(eventEntry(id).stampKey).hincrby(REGISTER, 'writes', 1).exec();
  await expect.poll(() => read(other, id, 'new')).toBe('new');
  expect(await read(one, id, 'new')).toBe('new');
});

test('a replica that closes is not waited for', async () => {
  const { one, other, client, registries } = await startLeased();
  await other.close();
  expect(Object.keys(await client.hgetall(REGISTER)).filter((name) => name.startsWith('replica '))).toHaveLength(1);
  await one.write(randomUUID(), written(randomUUID()));
  expect(await invalidations(registries[0], 'heard-by-all')).toBe(1);
});

test('copies stay within their bound, and those used last stay', () => {
  const copies = createCopies(10_000);
  const keep = (name: string, bytes: number) =>
    copies.keep({
      entry: { bodyKey: name, stampKey: `stamp of ${name}` },
      body: { json: Buffer.alloc(bytes), etag: '""' },
      ...{ era: 'era', validUntilMs: Infinity },
    });
  for (let index = 0; index < 100; index++) {
    keep(String(index), 1_000);
    copies.find('0');
    expect(copies.size().bytes).toBeLessThanOrEqual(10_000);
  }
  expect([copies.find('0') !== undefined, copies.find('1'), copies.find('99') !== undefined]).toEqual([
    true,
    undefined,
    true,
  ]);
  keep('large', 10_000);
  expect(copies.find('large')).toBeUndefined();
  const version = copies.version();
  copies.drop(['stamp of 0']);
  expect([copies.find('0'), copies.find('99') !== undefined, copies.version()]).toEqual([undefined, true, version + 1]);
  copies.clear();
  expect(copies.size()).toEqual({ copies: 0, bytes: 0 });
});
