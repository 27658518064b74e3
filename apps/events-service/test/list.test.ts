import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { anEvent, inHours } from './builders.ts';
import { startCatalogue, wrongFields, type Catalogue, type Client } from './catalogue.ts';

let catalogue: Catalogue;
let organizer: Client;
beforeAll(async () => {
  catalogue = await startCatalogue();
  organizer = catalogue.someone('organizer');
});
beforeEach(() => catalogue.admin.query('truncate events.events cascade'));
afterAll(() => catalogue.close());

/** Publishes an event of two hours. */
async function publish(title: string, startsInHours: number, overrides: object = {}): Promise<void> {
  const times = { startsAt: inHours(startsInHours), endsAt: inHours(startsInHours + 2) };
  const { status } = await organizer.call('POST', '/events', anEvent({ title, ...times, ...overrides }));
  expect(status).toBe(201);
}

async function list(query: Record<string, string | number> = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
  const answer = await catalogue.anyone.call('GET', `/events?${parameters.toString()}`);
  expect(answer.status).toBe(200);
  return { ...answer, titles: answer.body.items.map(({ title }) => title), nextCursor: answer.body.nextCursor };
}

test('the list has the published events that are not over, soonest first, without descriptions', async () => {
  await publish('Later', 20);
  await publish('Soon', 10);
  await publish('Draft', 10, { status: 'draft' });
  await publish('Long under way', -100, { endsAt: inHours(1000) });
  await publish('Under way', -1);
  await publish('Over', 5);
  await catalogue.admin.query(
    `update events.events set starts_at = now() - interval '3 hours', ends_at = now() where title = 'Over'`,
  );
  const { titles, body, headers } = await list();
  expect(titles).toEqual(['Long under way', 'Under way', 'Soon', 'Later']);
  expect(body.nextCursor).toBeNull();
  expect(body.items[0]?.ticketTypes).toHaveLength(2);
  expect(body.items[0]).not.toHaveProperty('description');
  expect(headers.get('cache-control')).toBe('public, max-age=0, must-revalidate');
  expect(headers.get('x-cache')).toBe('BYPASS');
});

test('from and to choose events that end after the one and start before the other', async () => {
  for (const hours of [-1, 10, 20, 30]) await publish(`In ${hours}`, hours);
  expect((await list({ from: inHours(11), to: inHours(29) })).titles).toEqual(['In 10', 'In 20']);
  expect((await list({ from: inHours(-100), to: inHours(1) })).titles).toEqual(['In -1']);
  expect((await list({ from: inHours(29), to: inHours(11) })).titles).toEqual([]);
});

test('pages follow each other without gaps or repeats, also among events that start at the same time', async () => {
  const startsAt = inHours(50);
  for (let index = 0; index < 5; index++) await publish(`Same ${index}`, 50, { startsAt, endsAt: inHours(52) });
  for (const hours of [-3, -2, -1, 40, 60]) await publish(`In ${hours}`, hours, { endsAt: inHours(100) });
  const whole = await list({ limit: 100 });
  for (const limit of [1, 2, 3, 10]) {
    const titles: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await list(cursor === '' ? { limit } : { limit, cursor });
      expect(page.titles.length).toBeLessThanOrEqual(limit);
      titles.push(...page.titles);
      cursor = page.nextCursor;
    }
    expect(titles).toEqual(whole.titles);
  }
});

test('events that are added meanwhile neither shift nor repeat what a cursor leads to', async () => {
  for (const hours of [10, 20, 30, 40]) await publish(`In ${hours}`, hours);
  const first = await list({ limit: 2 });
  expect(first.titles).toEqual(['In 10', 'In 20']);
  await publish('Before', 5);
  await publish('Between', 25);
  await publish('Under way', -1);
  const second = await list({ limit: 2, cursor: first.nextCursor ?? '' });
  expect(second.titles).toEqual(['Between', 'In 30']);
  const third = await list({ limit: 2, cursor: second.nextCursor ?? '' });
  expect(third.titles).toEqual(['In 40']);
  expect(third.nextCursor).toBeNull();
});

test('a search finds beginnings of words in title or venue, whatever their case and accents', async () => {
  await publish('Björk: Cornucopia', 10, { venue: 'Tempodrom, Berlin' });
  await publish('Jazz in der Straße', 20, { venue: 'Łódź' });
  await publish('Night of the Proms', 30);
  const search = async (q: string) => (await list({ q })).titles;
  expect(await search('bjork')).toEqual(['Björk: Cornucopia']);
  expect(await search('BJÖRK berl')).toEqual(['Björk: Cornucopia']);
  expect(await search('björk vienna')).toEqual([]);
  expect(await search('lodz strasse')).toEqual(['Jazz in der Straße']);
  expect(await search('ork')).toEqual([]);
  expect(await search('n')).toEqual(['Night of the Proms']);
  expect(await search('musikverein')).toEqual(['Night of the Proms']);
  expect(await search('   ')).toHaveLength(3);
});

test('a search follows changes of title and venue', async () => {
  await publish('Night of the Proms', 10);
  const [listed] = (await list()).body.items;
  await organizer.call('PATCH', `/events/${listed?.id ?? ''}`, { title: 'Opera ball' });
  expect((await list({ q: 'proms' })).titles).toEqual([]);
  expect((await list({ q: 'opera musikverein' })).titles).toEqual(['Opera ball']);
});

test.each([
  `'"; \u0000 :* & | !`,
  '🎉'.repeat(100),
  "'); drop table events.events; --",
  '\\',
  '%',
  "a' | 'b",
  '㌖'.repeat(200),
  'ﷺ'.repeat(200),
  '!!! <-> (',
  'a b c d e f g h i j k l m n o p q r s t u v w x y z',
])('a search for %j is answered', async (q) => {
  await publish('Night of the Proms', 10);
  expect((await list({ q })).titles).toEqual([]);
});

test('wrong parameters are named', async () => {
  const refused = async (query: string) => wrongFields(await catalogue.anyone.call('GET', `/events?${query}`));
  expect(await refused('limit=0&from=yesterday&to=2027-01-01')).toEqual(['limit', 'from', 'to']);
  expect(await refused('limit=101')).toEqual(['limit']);
  expect(await refused('limit=x')).toEqual(['limit']);
  expect(await refused(`q=${'x'.repeat(201)}`)).toEqual(['q']);
  expect(await refused('q=a&q=b')).toEqual(['q']);
  const cursor = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url');
  for (const wrong of ['x', '%00', cursor([]), cursor(['2027-01-01T00:00:00.000Z', 'x']), cursor(['x', 'y', 'z'])]) {
    expect(await refused(`cursor=${wrong}`)).toEqual(['cursor']);
  }
});

test('a page is answered with 304 to who has it, until an event is added', async () => {
  await publish('One', 10);
  const tag = (await list()).headers.get('etag') ?? '';
  const read = () => catalogue.anyone.call('GET', '/events', undefined, { 'If-None-Match': tag });
  expect((await read()).status).toBe(304);
  await publish('Two', 20);
  expect((await read()).status).toBe(200);
});
