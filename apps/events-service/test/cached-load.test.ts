import { afterAll, beforeAll, expect, test } from 'vitest';
import { anEvent } from './builders.ts';
import { ownRedisUrl, startCached } from './cached-catalogue.ts';
import type { Catalogue, Client } from './catalogue.ts';
import { countReads } from './database-reads.ts';

let replicas: [Catalogue, Catalogue];
let organizer: Client;
/** Reads of the catalogue that reached the database, by replica. */
let databaseReads: () => number[];
beforeAll(async () => {
  const redisUrl = ownRedisUrl();
  const first = await startCached({ redisUrl });
  replicas = [first, await startCached({ redisUrl, beside: first })];
  organizer = first.someone('organizer');
  databaseReads = countReads(replicas);
});
afterAll(async () => {
  for (const replica of replicas.toReversed()) await replica.close();
});

async function create() {
  const { body } = await organizer.call('POST', '/events', anEvent());
  return { id: body.id, path: `/events/${body.id}` };
}

test.each(['event', 'list'])(
  'a thousand readers of one cold %s make at most one database read per replica',
  async (what) => {
    for (let round = 0; round < 3; round++) {
      const { path } = await create();
      const read = what === 'event' ? path : '/events';
      const before = databaseReads();
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, (_, index) => replicas[index % 2 ? 1 : 0].anyone.call('GET', read)),
      );
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
      expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
      for (const [index, count] of databaseReads().entries())
        expect(count - (before[index] ?? 0)).toBeLessThanOrEqual(1);
      expect(databaseReads()).not.toEqual(before);
    }
  },
);

test('writes racing reads: no answer of any replica is older than the last write that was acknowledged before it was asked for', async () => {
  const { path, id } = await create();
  const state = { acknowledged: 1, isOver: false };
  let stale = 0;
  const hits = { HIT: 0, other: 0 };
  const readers = replicas.flatMap(({ anyone }) =>
    ['event', 'list'].map(async (what) => {
      while (!state.isOver) {
        const atLeast = state.acknowledged;
        const { body, headers } = await anyone.call('GET', what === 'event' ? path : '/events?limit=100');
        const version = what === 'event' ? body.version : body.items.find((item) => item.id === id)?.version;
        if ((version ?? 0) < atLeast) stale++;
        hits[headers.get('x-cache') === 'HIT' ? 'HIT' : 'other']++;
      }
    }),
  );
  const writers = replicas.map(async (replica) => {
    const admin = replica.someone('admin');
    for (let index = 0; index < 100; index++) {
      const { body } = await admin.call('PATCH', path, { title: `Title ${replica.url} ${index}` });
      state.acknowledged = Math.max(state.acknowledged, body.version);
    }
  });
  await Promise.all(writers);
  state.isOver = true;
  await Promise.all(readers);
  expect(stale).toBe(0);
  expect(state.acknowledged).toBe(201);
  // Else nothing raced.
  expect(hits.HIT).toBeGreaterThan(0);
  expect(hits.other).toBeGreaterThan(0);
}, 60_000);
