import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { anEvent } from './builders.ts';
import { startCatalogue, type Answer, type Catalogue, type Client } from './catalogue.ts';

let catalogue: Catalogue;
let organizer: Client;
let path: string;
beforeAll(async () => {
  catalogue = await startCatalogue();
  organizer = catalogue.someone('organizer');
});
beforeEach(async () => {
  catalogue.proxy.restore();
  // Connections that were cut show at their next use.
  await expect.poll(async () => (await organizer.call('POST', '/events', anEvent())).status).toBe(201);
  path = `/events/${(await organizer.call('POST', '/events', anEvent())).body.id}`;
});
afterAll(() => catalogue.close());

const calls: [string, () => Promise<Answer>][] = [
  ['list', () => catalogue.anyone.call('GET', '/events')],
  ['search', () => catalogue.anyone.call('GET', '/events?q=proms')],
  ['read', () => catalogue.anyone.call('GET', path)],
  ['create', () => organizer.call('POST', '/events', anEvent())],
  ['change', () => organizer.call('PATCH', path, { title: 'Other' })],
  ['publish', () => organizer.call('POST', `${path}/publish`)],
  ['cancel', () => organizer.call('POST', `${path}/cancel`)],
];

function expectUnavailable(answer: Answer): void {
  expect([answer.status, answer.body.code]).toEqual([503, 'UNAVAILABLE']);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
}

test.each(calls)('%s answers 503 while the database is away, and works again when it is back', async (_name, call) => {
  catalogue.proxy.cut();
  expectUnavailable(await call());
  expectUnavailable(await call());
  catalogue.proxy.restore();
  await expect.poll(async () => (await call()).status).toBeLessThan(300);
});

test('readiness follows the database, liveness does not', async () => {
  const status = async (what: string) => (await catalogue.anyone.call('GET', `/health/${what}`)).status;
  expect([await status('live'), await status('ready')]).toEqual([200, 200]);
  catalogue.proxy.cut();
  const ready = await catalogue.anyone.call('GET', '/health/ready');
  expect([ready.status, ready.body]).toEqual([503, { status: 'down', services: { database: 'down' } }]);
  expect(await status('live')).toBe(200);
  catalogue.proxy.restore();
  await expect.poll(() => status('ready')).toBe(200);
});

test('a write whose connection breaks before it commits is answered 503 and leaves nothing', async () => {
  const locker = await catalogue.admin.connect();
  await locker.query('begin');
  await locker.query('select from events.events for update');
  const change = organizer.call('PATCH', path, { title: 'Other' });
  await expect.poll(async () => (await catalogue.admin.query(WAITING)).rowCount).toBe(1);
  catalogue.proxy.cut();
  expectUnavailable(await change);
  await locker.query('rollback');
  locker.release();
  catalogue.proxy.restore();
  await expect.poll(async () => (await catalogue.anyone.call('GET', path)).body).toMatchObject({ version: 1 });
});

test('a write that waits too long for a lock is answered 503', async () => {
  const locker = await catalogue.admin.connect();
  await locker.query('begin');
  await locker.query('select from events.events for update');
  const answer = await organizer.call('PATCH', path, { title: 'Other' });
  await locker.query('rollback');
  locker.release();
  expectUnavailable(answer);
});

const WAITING = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
