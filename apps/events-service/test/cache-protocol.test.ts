import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { eventEntry } from '../src/cache/entry.ts';
import type { EventCache } from '../src/event-cache.ts';
import type { FinishedEvent } from '../src/event-read.ts';
import type { StoredEvent } from '../src/event.ts';
import { bodyOf, startCaches } from './cached-catalogue.ts';

/** How a read ended: what it was answered from, and with which text. */
async function outcome(read: ReturnType<EventCache['readEvent']>): Promise<[string, string]> {
  const ended = await read;
  const body = ended.cache === 'HIT' ? ended.body : ended.value;
  return [ended.cache, body ? String(JSON.parse(body.json.toString())) : 'none'];
}

const reading = (text: string) => () => Promise.resolve(bodyOf(text));
const unread = () => Promise.reject<FinishedEvent>(new Error('The database was read'));
const written = (id: string) => () => Promise.resolve({ id, publishedAt: new Date() } as StoredEvent);

/** A database read that has begun and ends when it is told to. */
function slowRead() {
  const begun = Promise.withResolvers<undefined>();
  const end = Promise.withResolvers<FinishedEvent | undefined>();
  const load = () => {
    begun.resolve(undefined);
    return end.promise;
  };
  return { load, begun: begun.promise, end: end.resolve };
}

test('a fill that read before a write does not put the old body back after it', async () => {
  const { caches } = await startCaches(2);
  const [filler, writer] = caches as [EventCache, EventCache];
  const id = randomUUID();
  const slow = slowRead();
  const fill = outcome(filler.readEvent(id, slow.load));
  await slow.begun;
  await writer.write(id, written(id));
  slow.end(bodyOf('old'));
  expect(await fill).toEqual(['MISS', 'old']);
  for (const cache of [writer, filler]) {
    const [from, text] = await outcome(cache.readEvent(id, reading('new')));
    expect([from, text]).toEqual([cache === writer ? 'MISS' : 'HIT', 'new']);
  }
});

test('a fill that read before a write does not replace what was filled after it', async () => {
  const { caches } = await startCaches(2);
  const [filler, other] = caches as [EventCache, EventCache];
  const id = randomUUID();
  const slow = slowRead();
  const fill = outcome(filler.readEvent(id, slow.load));
  await slow.begun;
  await other.write(id, written(id));
  // The lock of the old fill is void: nobody waits for it.
  expect(await outcome(other.readEvent(id, reading('new')))).toEqual(['MISS', 'new']);
  slow.end(bodyOf('old'));
  expect(await fill).toEqual(['MISS', 'old']);
  expect(await outcome(other.readEvent(id, unread))).toEqual(['HIT', 'new']);
});

test('who reads after a write in the replica that fills still, sees what was written', async () => {
  const { caches } = await startCaches(2);
  const [filler, writer] = caches as [EventCache, EventCache];
  const id = randomUUID();
  const slow = slowRead();
  const fill = outcome(filler.readEvent(id, slow.load));
  await slow.begun;
  await writer.write(id, written(id));
  const late = outcome(filler.readEvent(id, reading('new')));
  slow.end(bodyOf('old'));
  expect(await fill).toEqual(['MISS', 'old']);
  expect(await late).toEqual(['MISS', 'new']);
});

test('one replica fills at a time; readers of all others wait for it and do not read', async () => {
  const { caches } = await startCaches(2);
  const [filler, other] = caches as [EventCache, EventCache];
  const id = randomUUID();
  const slow = slowRead();
  const first = outcome(filler.readEvent(id, slow.load));
  await slow.begun;
  const waiting = [filler, other].flatMap((cache) =>
    Array.from({ length: 20 }, () => outcome(cache.readEvent(id, unread))),
  );
  slow.end(bodyOf('one'));
  expect(await first).toEqual(['MISS', 'one']);
  for (const ended of await Promise.all(waiting)) expect(ended).toEqual(['HIT', 'one']);
});

test('a replica that dies while it fills holds up the others for a moment only', async () => {
  const { caches } = await startCaches(2);
  const [dead, other] = caches as [EventCache, EventCache];
  const id = randomUUID();
  const slow = slowRead();
  const never = outcome(dead.readEvent(id, slow.load));
  await slow.begun;
  expect(await outcome(other.readEvent(id, reading('one')))).toEqual(['MISS', 'one']);
  // When the lock has run out, it fills.
  await expect.poll(async () => (await outcome(other.readEvent(id, reading('one'))))[0]).toBe('HIT');
  slow.end(undefined);
  await never;
});

test('a thousand readers of what is not there, or not public, read a handful of times and keep nothing', async () => {
  const { caches, client } = await startCaches(1);
  const [cache] = caches as [EventCache];
  for (const value of [undefined, bodyOf('draft', false)]) {
    const id = randomUUID();
    let reads = 0;
    const load = () => {
      reads++;
      return Promise.resolve(value);
    };
    await Promise.all(Array.from({ length: 1_000 }, () => cache.readEvent(id, load)));
    expect(reads).toBeLessThanOrEqual(4);
    expect(await client.exists(eventEntry(id).bodyKey)).toBe(0);
  }
});

test('a database read that fails is told to its readers, and does not keep the entry locked', async () => {
  const { caches } = await startCaches(2);
  const id = randomUUID();
  const [cache, other] = caches as [EventCache, EventCache];
  await expect(cache.readEvent(id, unread)).rejects.toThrow('The database was read');
  expect(await outcome(other.readEvent(id, reading('one')))).toEqual(['MISS', 'one']);
  expect(await outcome(cache.readEvent(id, unread))).toEqual(['HIT', 'one']);
});

test('what lies in Redis and is none of ours is not served, and is replaced', async () => {
  const { caches, client } = await startCaches(1, { maxCopyBytes: 0 });
  const [cache] = caches as [EventCache];
  const id = randomUUID();
  const { bodyKey, stampKey, lockKey } = eventEntry(id);
  const fill = async () => {
    await outcome(cache.readEvent(id, reading('one')));
    expect(await outcome(cache.readEvent(id, unread))).toEqual(['HIT', 'one']);
  };
  await fill();
  const [stamp, body] = [await client.get(stampKey), await client.get(bodyKey)];
  const other = eventEntry(randomUUID());
  await client.mset(other.stampKey, stamp ?? '', other.bodyKey, body ?? '');
  const otherId = other.bodyKey.split(':').at(-1) ?? '';
  expect(await outcome(cache.readEvent(otherId, reading('two')))).toEqual(['MISS', 'two']);
  const spoil: (() => Promise<unknown>)[] = [
    () => client.set(bodyKey, 'nonsense'),
    () => client.set(bodyKey, Buffer.alloc(100_000)),
    () => client.set(bodyKey, (body ?? '').slice(1)),
    () => client.set(stampKey, 'nonsense'),
    () => client.del(stampKey),
    () => client.del(bodyKey),
    () => client.flushdb(),
    () => client.multi().del(bodyKey, stampKey).hset(bodyKey, 'a', 'b').lpush(stampKey, 'x').exec(),
    () => client.multi().del(bodyKey, lockKey).lpush(lockKey, 'x').exec(),
    () => client.multi().del(bodyKey).set(lockKey, 'nonsense').exec(),
  ];
  for (const doIt of spoil) {
    await doIt();
    const [from, text] = await outcome(cache.readEvent(id, reading('one')));
    expect([from, text]).toEqual(['MISS', 'one']);
    await fill();
  }
});

test('everything that is stored runs out', async () => {
  const { caches, client } = await startCaches(1);
  const [cache] = caches as [EventCache];
  const id = randomUUID();
  await outcome(cache.readEvent(id, reading('one')));
  const { bodyKey, stampKey, lockKey } = eventEntry(id);
  const [body, stamp] = [await client.pttl(bodyKey), await client.pttl(stampKey)];
  expect(body).toBeGreaterThan(50_000);
  expect(body).toBeLessThanOrEqual(60_000);
  expect(stamp).toBeLessThanOrEqual(60_000);
  expect(await client.exists(lockKey)).toBe(0);
});

test('reads are counted by how they were answered, and invalidations by how they went', async () => {
  const { caches, registries } = await startCaches(1);
  const [cache] = caches as [EventCache];
  const id = randomUUID();
  await outcome(cache.readEvent(id, reading('one')));
  for (let index = 0; index < 3; index++) await outcome(cache.readEvent(id, unread));
  await cache.write(id, written(id));
  const text = (await registries[0]?.metrics()) ?? '';
  expect(text).toMatch(/events_cache_reads_total\{what="event",cache="MISS".*\} 1\n/);
  expect(text).toMatch(/events_cache_reads_total\{what="event",cache="HIT".*\} 3\n/);
  expect(text).toMatch(/events_cache_invalidations_total\{how="(heard-by-all|waited)".*\} 1\n/);
  expect(text).toMatch(/events_cache_errors_total\{.*\} 0\n/);
});
