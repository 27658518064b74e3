import { afterAll, beforeAll, expect, test } from 'vitest';
import { anEvent, aTicketType, inHours } from './builders.ts';
import { startCatalogue, wrongFields, type Catalogue, type Client } from './catalogue.ts';

let catalogue: Catalogue;
let organizer: Client;
beforeAll(async () => {
  catalogue = await startCatalogue();
  organizer = catalogue.someone('organizer');
});
afterAll(() => catalogue.close());

test('a new event is on sale at once, with its ticket types in their order and the defaults filled in', async () => {
  const body = anEvent({
    startsAt: '2099-06-12T20:00:00+02:00',
    endsAt: '2099-06-12T21:30:00.5Z',
    timezone: undefined,
  });
  const created = await organizer.call('POST', '/events', body);
  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toBe(`/events/${created.body.id}`);
  expect(created.headers.get('cache-control')).toBe('no-store');
  expect(created.body).toMatchObject({
    title: 'Night of the Proms',
    timezone: 'UTC',
    startsAt: '2099-06-12T18:00:00.000Z',
    endsAt: '2099-06-12T21:30:00.500Z',
    status: 'published',
    organizerId: organizer.id,
    version: 1,
    ticketTypes: [
      { name: 'Standing', price: 4500, capacity: 100, maxPerOrder: 10, description: '', salesStart: null },
      { name: 'Seat', price: 9900, capacity: 50, maxPerOrder: 10, salesEnd: null },
    ],
  });
  const read = await catalogue.anyone.call('GET', `/events/${created.body.id.toUpperCase()}`);
  expect(read.status).toBe(200);
  expect(read.body).toEqual(created.body);
});

test('a time zone is kept under the name that it has in the IANA database', async () => {
  const { body } = await organizer.call('POST', '/events', anEvent({ timezone: 'europe/kiev' }));
  expect(body.timezone).toBe('Europe/Kyiv');
  const unchanged = await organizer.call('PATCH', `/events/${body.id}`, { timezone: 'EUROPE/KYIV' });
  expect(unchanged.body).toMatchObject({ timezone: 'Europe/Kyiv', version: 1 });
  const refused = await organizer.call('PATCH', `/events/${body.id}`, { timezone: '+02:00' });
  expect(refused.body).toMatchObject({ detail: 'timezone must be an IANA time zone, like Europe/Vienna, or UTC.' });
});

test('nothing that people read is made of what cannot be seen', async () => {
  const ticketTypes = [aTicketType({ name: '\u200b' })];
  const answer = await organizer.call('POST', '/events', anEvent({ title: '\u2800', venue: '\u3164', ticketTypes }));
  expect(wrongFields(answer)).toEqual(['title', 'venue', 'ticketTypes.0.name']);
});

test('fifty ticket types with every field come back as they went in', async () => {
  const ticketTypes = Array.from({ length: 50 }, (_, index) => ({
    name: `Block ${50 - index} – "Rang" 🎭`,
    description: 'Line one\nline two',
    price: index * 100,
    capacity: 1_000_000,
    maxPerOrder: 100,
    salesStart: '2027-01-01T00:00:00.001Z',
    salesEnd: '2027-01-02T00:00:00.000Z',
  }));
  const body = anEvent({ startsAt: '2027-01-03T00:00:00Z', endsAt: '2027-01-04T00:00:00Z', ticketTypes });
  const { body: created } = await organizer.call('POST', '/events', body);
  const read = await catalogue.anyone.call('GET', `/events/${created.id}`);
  expect(read.body).toEqual(created);
  expect(read.body.ticketTypes).toMatchObject(ticketTypes);
});

test('a customer cannot create events, nor can someone without a token', async () => {
  expect((await catalogue.someone('customer').call('POST', '/events', anEvent())).body.code).toBe('FORBIDDEN');
  expect((await catalogue.anyone.call('POST', '/events', anEvent())).body.code).toBe('UNAUTHENTICATED');
});

test('each wrong field of a new event is named', async () => {
  const create = async (body: object) => wrongFields(await organizer.call('POST', '/events', body));
  const types = [
    aTicketType({ price: -1, capacity: 0 }),
    aTicketType({ price: 1.5, maxPerOrder: 101, salesEnd: 'tomorrow', colour: 'red' }),
  ];
  const wrong = { title: ' ', timezone: 'Mars', currency: 'eur', endsAt: '2027-06-12T18:00:00', ticketTypes: types };
  expect(await create({ ...anEvent(wrong), organizerId: 'me', venue: undefined })).toEqual([
    'title',
    'venue',
    'timezone',
    'endsAt',
    'currency',
    'ticketTypes.0.price',
    'ticketTypes.0.capacity',
    'ticketTypes.1.price',
    'ticketTypes.1.maxPerOrder',
    'ticketTypes.1.salesEnd',
    'ticketTypes.1.colour',
    'organizerId',
  ]);
  expect(await create(anEvent({ ticketTypes: [] }))).toEqual(['ticketTypes']);
  expect(await create(anEvent({ title: 'NUL \u0000' }))).toEqual(['title']);
  expect(await create(anEvent({ status: 'cancelled' }))).toEqual(['status']);
});

test.each([
  ['EUR', 30, 'must be 0 or at least 50 (EUR 0.50), the smallest charge in EUR'],
  ['KWD', 1001, 'must be a multiple of 10 in KWD, like 1000 (KWD 1.000)'],
  ['UGX', 5, 'must be 0 or at least 100 (UGX 1.00), the smallest charge in UGX'],
  ['ISK', 4550, 'must be a multiple of 100 in ISK, like 4500 (ISK 45.00)'],
])('a price that Stripe never charges is refused: %s %i', async (currency, price, message) => {
  const ticketTypes = [aTicketType({ price: 50_000 }), aTicketType({ name: 'Seat', price })];
  const answer = await organizer.call('POST', '/events', anEvent({ currency, ticketTypes }));
  expect(wrongFields(answer)).toEqual(['ticketTypes.1.price']);
  expect(answer.body.errors[0]?.message).toBe(message);
});

test('a currency that Stripe does not charge is refused', async () => {
  expect(wrongFields(await organizer.call('POST', '/events', anEvent({ currency: 'CUP' })))).toEqual(['currency']);
});

test('rules between fields are checked, all at once', async () => {
  const ticketTypes = [
    aTicketType({ salesStart: inHours(3), salesEnd: inHours(2) }),
    aTicketType({ name: 'STANDING' }),
  ];
  const answer = await organizer.call(
    'POST',
    '/events',
    anEvent({ startsAt: inHours(-1), endsAt: inHours(-2), ticketTypes }),
  );
  expect(wrongFields(answer)).toEqual([
    'endsAt',
    'endsAt',
    'ticketTypes.0.salesEnd',
    'ticketTypes.0.salesEnd',
    'ticketTypes.0.salesStart',
    'ticketTypes.1.name',
  ]);
});

test('a public event is answered with 304 to who has it, until it changes', async () => {
  const { body } = await organizer.call('POST', '/events', anEvent());
  const path = `/events/${body.id}`;
  const read = (tag?: string) => catalogue.anyone.call('GET', path, undefined, tag ? { 'If-None-Match': tag } : {});
  const first = await read();
  const tag = first.headers.get('etag') ?? '';
  expect(first.headers.get('cache-control')).toBe('public, max-age=0, must-revalidate');
  expect(first.headers.get('x-cache')).toBe('BYPASS');
  const again = await read(`W/${tag}`);
  expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', tag]);
  expect(again.headers.get('cache-control')).toBe('public, max-age=0, must-revalidate');

  const changed = await organizer.call('PATCH', path, { title: 'Other' });
  const after = await read(tag);
  expect(after.status).toBe(200);
  expect(after.headers.get('etag')).toBe(changed.headers.get('etag'));
  expect(after.headers.get('etag')).not.toBe(tag);
});

test('an event that is not there, and what can be no id, are 404', async () => {
  for (const id of ['0198c3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10', 'nonsense', '%00', '%zz', "1' or '1'='1"]) {
    const answer = await catalogue.anyone.call('GET', `/events/${id}`);
    expect(answer.body).toMatchObject(id === '%zz' ? { code: 'MALFORMED_REQUEST' } : { code: 'NOT_FOUND' });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  }
});

test('a bad token is refused even where none is needed', async () => {
  const { body } = await organizer.call('POST', '/events', anEvent());
  const answer = await catalogue.anyone.call('GET', `/events/${body.id}`, undefined, { Authorization: 'Bearer a.b.c' });
  expect(answer.body.code).toBe('UNAUTHENTICATED');
});

test('wrong methods, media types, broken and oversized bodies are refused as the contract says', async () => {
  const put = await organizer.call('PUT', '/events', anEvent());
  expect([put.body.code, put.headers.get('allow')]).toEqual(['METHOD_NOT_ALLOWED', 'GET, HEAD, POST']);
  const remove = await organizer.call('DELETE', '/events/0198c3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10');
  expect([remove.body.code, remove.headers.get('allow')]).toEqual(['METHOD_NOT_ALLOWED', 'GET, HEAD, PATCH']);
  const get = await organizer.call('GET', '/events/0198c3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10/publish');
  expect([get.body.code, get.headers.get('allow')]).toEqual(['METHOD_NOT_ALLOWED', 'POST']);
  expect((await organizer.call('GET', '/events/a/b/c')).body.code).toBe('NOT_FOUND');

  const text = await organizer.call('POST', '/events', 'title=x', { 'Content-Type': 'text/plain' });
  expect(text.body.code).toBe('UNSUPPORTED_MEDIA_TYPE');
  expect((await organizer.call('POST', '/events', '{"title":')).body.code).toBe('MALFORMED_REQUEST');
  expect(wrongFields(await organizer.call('POST', '/events', '[]'))).toEqual(['']);
  const big = await organizer.call('POST', '/events', anEvent({ description: 'x'.repeat(110_000) }));
  expect(big.body.code).toBe('BODY_TOO_LARGE');
  const body = await organizer.call('POST', '/events/0198c3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10/publish', { why: 'rain' });
  expect(wrongFields(body)).toEqual(['']);
});
