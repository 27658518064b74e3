import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Redis } from 'ioredis';
import { anEvent, inHours } from './builders.ts';
import { ownRedisUrl, redisClient, startCached, xCache } from './cached-catalogue.ts';
import type { Catalogue, Client } from './catalogue.ts';
import { countReads } from './database-reads.ts';

let replicas: [Catalogue, Catalogue];
let organizer: Client;
let redis: Redis;
/** Reads of the catalogue that reached the database, by replica. */
let databaseReads: () => number[];
beforeAll(async () => {
  const redisUrl = ownRedisUrl();
  const first = await startCached({ redisUrl });
  replicas = [first, await startCached({ redisUrl, beside: first })];
  redis = redisClient(redisUrl);
  organizer = first.someone('organizer');
  databaseReads = countReads(replicas);
});
afterAll(async () => {
  redis.disconnect();
  for (const replica of replicas.toReversed()) await replica.close();
});

async function create(overrides: object = {}) {
  const { body } = await organizer.call('POST', '/events', anEvent(overrides));
  return { id: body.id, path: `/events/${body.id}` };
}

/** Reads from both replicas, until both serve a copy. */
async function warm(path: string): Promise<void> {
  for (const { anyone } of replicas) {
    await anyone.call('GET', path);
    expect(xCache(await anyone.call('GET', path))).toBe('HIT');
  }
}

test('what one replica has read, all serve, with the same bytes and tag', async () => {
  const { path } = await create();
  for (const read of [path, '/events', '/events?limit=5']) {
    const miss = await replicas[0].anyone.call('GET', read);
    const hit = await replicas[1].anyone.call('GET', read);
    expect([xCache(miss), xCache(hit)]).toEqual(['MISS', 'HIT']);
    expect([hit.text, hit.status]).toEqual([miss.text, 200]);
    for (const header of ['etag', 'cache-control', 'content-type', 'content-length']) {
      expect(hit.headers.get(header)).toBe(miss.headers.get(header));
    }
    const again = await replicas[1].anyone.call('GET', read, undefined, {
      'If-None-Match': miss.headers.get('etag') ?? '',
    });
    expect([again.status, again.text, xCache(again)]).toEqual([304, '', 'HIT']);
  }
});

test('a hit does without the database', async () => {
  const { path } = await create();
  await warm(path);
  await warm('/events');
  const before = databaseReads();
  for (const { anyone } of replicas) {
    for (const read of [path, '/events']) expect(xCache(await anyone.call('GET', read))).toBe('HIT');
  }
  expect(databaseReads()).toEqual(before);
});

test('after every kind of write, every replica shows at once what was written', async () => {
  const { path, id } = await create({ status: 'draft' });
  const listed = async (replica: Catalogue) => {
    const { body } = await replica.anyone.call('GET', '/events?limit=100');
    return body.items.find((item) => item.id === id);
  };
  const write = async (method: string, suffix: string, body?: object) => {
    await warm('/events?limit=100');
    expect((await organizer.call(method, `${path}${suffix}`, body)).status).toBe(200);
  };
  await write('POST', '/publish');
  for (const replica of replicas) expect((await listed(replica))?.status).toBe('published');
  for (let round = 0; round < 20; round++) {
    await warm(path);
    await write('PATCH', '', { title: `Title ${round}` });
    for (const replica of round % 2 ? replicas : replicas.toReversed()) {
      expect((await replica.anyone.call('GET', path)).body.title).toBe(`Title ${round}`);
      expect((await listed(replica))?.title).toBe(`Title ${round}`);
    }
  }
  await warm(path);
  await write('POST', '/cancel');
  for (const replica of replicas) {
    expect((await replica.anyone.call('GET', path)).body.status).toBe('cancelled');
    expect(await listed(replica)).toBeUndefined();
  }
  await warm('/events?limit=100');
  const created = await create();
  for (const { anyone } of replicas) {
    const { body } = await anyone.call('GET', '/events?limit=100');
    expect(body.items.map((item) => item.id)).toContain(created.id);
  }
});

test('a write of one event leaves the copies of others', async () => {
  const [one, other] = [await create(), await create()];
  await warm(other.path);
  await organizer.call('PATCH', one.path, { title: 'Other' });
  expect(xCache(await replicas[1].anyone.call('GET', other.path))).toBe('HIT');
});

test('a draft is never kept, and its organizer sees each change', async () => {
  const { path, id } = await create({ status: 'draft' });
  for (let version = 1; version <= 3; version++) {
    const answer = await organizer.call('GET', path);
    expect([answer.status, answer.body.version, xCache(answer)]).toEqual([200, version, 'BYPASS']);
    expect((await replicas[1].anyone.call('GET', path)).status).toBe(404);
    await organizer.call('PATCH', path, { title: `Title ${version}` });
  }
  expect(await redis.keys(`events:body:*${id}*`)).toEqual([]);
});

test('an event that is over drops out of a kept list by the clock', async () => {
  const { id } = await create();
  const ending = new Date(Date.now() + 1_500);
  // Behind the service's back, since it takes no event that is about over; then any write renews the list.
  await replicas[0].admin.query('update events.events set starts_at = $2, ends_at = $3 where id = $1', [
    id,
    new Date(Date.now() - 1_000),
    ending,
  ]);
  await create();
  const read = async () => {
    const answer = await replicas[1].anyone.call('GET', '/events?limit=100');
    const answeredAt = Date.now();
    return { isListed: answer.body.items.some((item) => item.id === id), from: xCache(answer), answeredAt };
  };
  expect(await read()).toMatchObject({ isListed: true, from: 'MISS' });
  expect(await read()).toMatchObject({ isListed: true, from: 'HIT' });
  await expect.poll(async () => (await read()).isListed).toBe(false);
  const sentAt = Date.now();
  expect(sentAt).toBeGreaterThanOrEqual(ending.getTime());
});

test('searches that nobody repeats are not kept, those that are repeated are, and the same in other words is the same', async () => {
  const { anyone } = replicas[0];
  const count = async () => (await redis.keys('events:body:*list*')).length;
  await create();
  const before = await count();
  for (let index = 0; index < 50; index++) {
    expect(xCache(await anyone.call('GET', `/events?q=nobody+asks+${index}`))).toBe('MISS');
  }
  expect(await count()).toBeLessThanOrEqual(before);
  const spellings = ['q=Night+PROMS', 'q=night,+proms!', `q=night+proms+prom&from=${inHours(-5)}`];
  const answers: (string | null)[] = [];
  for (const query of spellings) answers.push(xCache(await anyone.call('GET', `/events?${query}`)));
  expect(answers).toEqual(['MISS', 'MISS', 'HIT']);
});

test('a page further on is kept when it is asked for again, and follows writes', async () => {
  await create();
  await create();
  const { anyone } = replicas[0];
  const { body } = await anyone.call('GET', '/events?limit=1');
  const next = `/events?limit=1&cursor=${body.nextCursor ?? ''}`;
  const first = await anyone.call('GET', next);
  await anyone.call('GET', next);
  const kept = await anyone.call('GET', next);
  expect([xCache(kept), kept.text]).toEqual(['HIT', first.text]);
  const [item] = kept.body.items;
  await replicas[0].someone('admin').call('PATCH', `/events/${item?.id ?? ''}`, { title: 'Moved on' });
  expect((await replicas[1].anyone.call('GET', next)).body.items[0]?.title).toBe('Moved on');
});
