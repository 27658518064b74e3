import { afterAll, beforeAll, expect, test } from 'vitest';
import { anEvent, aTicketType, inHours } from './builders.ts';
import { startCatalogue, wrongFields, type Answer, type Catalogue, type Client } from './catalogue.ts';

let catalogue: Catalogue;
let organizer: Client;
beforeAll(async () => {
  catalogue = await startCatalogue();
  organizer = catalogue.someone('organizer');
});
afterAll(() => catalogue.close());

async function create(overrides: object = {}) {
  const { body } = await organizer.call('POST', '/events', anEvent(overrides));
  const path = `/events/${body.id}`;
  const change = (fields: object, ifMatch?: string): Promise<Answer> =>
    organizer.call('PATCH', path, fields, ifMatch === undefined ? {} : { 'If-Match': ifMatch });
  const types = body.ticketTypes.map(({ id }) => id);
  return { event: body, path, change, standing: types[0] ?? '', seat: types[1] ?? '' };
}

test('a change of event and ticket types counts the version up by one and keeps what it does not name', async () => {
  const { event, path, change, seat } = await create();
  const answer = await change({
    title: 'Night of the Poms',
    description: '',
    ticketTypes: [{ id: seat, price: 0, salesEnd: event.startsAt }, aTicketType({ name: 'Balcony' })],
  });
  expect(answer.status).toBe(200);
  const [standingType, seatType] = event.ticketTypes;
  expect(answer.body).toEqual({
    ...event,
    title: 'Night of the Poms',
    description: '',
    version: 2,
    updatedAt: answer.body.updatedAt,
    ticketTypes: [standingType, { ...seatType, price: 0, salesEnd: event.startsAt }, answer.body.ticketTypes[2]],
  });
  expect(answer.body.ticketTypes[2]).toMatchObject({ name: 'Balcony', maxPerOrder: 10 });
  expect(Date.parse(answer.body.updatedAt)).toBeGreaterThanOrEqual(Date.parse(event.updatedAt));
  expect((await catalogue.anyone.call('GET', path)).body).toEqual(answer.body);
});

test('a change that changes nothing keeps the version', async () => {
  const { event, change, seat } = await create();
  expect((await change({})).body).toEqual(event);
  expect((await change({ title: event.title, ticketTypes: [{ id: seat, price: 9900 }] })).body).toEqual(event);
});

test('two ticket types may swap their names in one change', async () => {
  const { change, standing, seat } = await create();
  const swapped = await change({
    ticketTypes: [
      { id: standing, name: 'Seat' },
      { id: seat, name: 'Standing' },
    ],
  });
  expect(swapped.body.ticketTypes.map(({ name }) => name)).toEqual(['Seat', 'Standing']);
});

test('If-Match lets only the named version be changed', async () => {
  const { event, path, change } = await create();
  expect((await change({ title: 'A' }, '"1"')).body.version).toBe(2);
  const stale = await change({ title: 'B' }, '"1"');
  expect(stale.status).toBe(412);
  expect(stale.body).toMatchObject({ code: 'VERSION_CONFLICT', version: 2 });
  expect((await change({ title: 'C' }, '*')).body.version).toBe(3);
  expect((await change({ title: 'D' }, '"1", "3"')).body.version).toBe(4);
  expect((await change({ title: 'E' }, 'W/"4"')).status).toBe(412);
  expect((await change({ title: 'E' }, `"${event.id}"`)).status).toBe(412);
  expect(wrongFields(await change({ title: 'E' }, '4'))).toEqual(['if-match']);
  expect(wrongFields(await change({ title: 'E' }, `"${'4'.repeat(100)}"`))).toEqual(['if-match']);
  const tag = (await catalogue.anyone.call('GET', path)).headers.get('etag') ?? '';
  expect((await change({ title: 'F' }, tag)).body.version).toBe(5);
  expect((await change({ title: 'G' }, tag)).status).toBe(412);
});

test('of twenty changes to the same version at once, one wins', async () => {
  // The first round only opens the connections that the others then race on.
  for (let round = 0; round < 4; round++) {
    const { path, change } = await create();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => change({ title: `Title ${index}` }, '"1"')),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
    expect((await catalogue.anyone.call('GET', path)).body).toEqual(won[0]?.body);
  }
});

test('changes at once without If-Match all apply, one after the other', async () => {
  const { path, change } = await create();
  const added = Array.from({ length: 10 }, (_, index) =>
    change({ ticketTypes: [aTicketType({ name: `Block ${index}` })] }),
  );
  for (const answer of await Promise.all(added)) expect(answer.status).toBe(200);
  const { body } = await catalogue.anyone.call('GET', path);
  expect(body.version).toBe(11);
  expect(body.ticketTypes).toHaveLength(12);
});

test('wrong fields of a change are named by their place in the request', async () => {
  const { change, seat } = await create();
  expect(wrongFields(await change({ ticketTypes: [{ id: seat }, { name: 'Balcony' }] }))).toEqual([
    'ticketTypes.1.price',
    'ticketTypes.1.capacity',
  ]);
  expect(wrongFields(await change({ status: 'published', title: null }))).toEqual(['title', 'status']);
  expect(wrongFields(await change({ endsAt: inHours(167) }))).toEqual(['endsAt']);
  expect(wrongFields(await change({ ticketTypes: [] }))).toEqual(['ticketTypes']);
});

test('the currency stays once the event was published; a draft may still change it', async () => {
  const published = await create();
  expect((await published.change({ currency: 'USD' })).body.code).toBe('EVENT_STATE');
  expect((await published.change({ currency: 'EUR' })).status).toBe(200);
  const draft = await create({ status: 'draft' });
  expect((await draft.change({ currency: 'JPY' })).body.currency).toBe('JPY');
  await organizer.call('POST', `${draft.path}/publish`);
  expect((await draft.change({ currency: 'USD' })).body.code).toBe('EVENT_STATE');
});

test('capacity can be cut down to what is held and sold, and no further', async () => {
  const { change, seat } = await create();
  await catalogue.admin.query('insert into orders.ticket_stock (ticket_type_id, held, sold) values ($1, 10, 20)', [
    seat,
  ]);
  const refused = await change({ title: 'Other', ticketTypes: [{ id: seat, capacity: 29 }] });
  expect(wrongFields(refused)).toEqual(['ticketTypes.0.capacity']);
  expect(refused.body.errors[0]?.message).toBe('must be at least 30: 20 sold and 10 held');
  const allowed = await change({ ticketTypes: [{ id: seat, capacity: 30 }] });
  expect(allowed.body).toMatchObject({ version: 2, title: 'Night of the Proms' });
  expect(allowed.body.ticketTypes[1]?.capacity).toBe(30);
});

test('publishing and cancelling happen once, and may be asked for again', async () => {
  const { path, change } = await create({ status: 'draft' });
  const publish = () => organizer.call('POST', `${path}/publish`);
  const cancel = () => organizer.call('POST', `${path}/cancel`);
  expect((await publish()).body).toMatchObject({ status: 'published', version: 2 });
  expect((await publish()).body).toMatchObject({ status: 'published', version: 2 });
  expect((await cancel()).body).toMatchObject({ status: 'cancelled', version: 3 });
  expect((await cancel()).body).toMatchObject({ status: 'cancelled', version: 3 });
  expect((await publish()).body.code).toBe('EVENT_STATE');
  expect((await change({ title: 'Other' })).body.code).toBe('EVENT_STATE');
  expect((await change({ title: 'Other' }, '"2"')).body.code).toBe('VERSION_CONFLICT');
});

test('an event that would be over cannot be published', async () => {
  const { event, path, change } = await create({ status: 'draft' });
  await catalogue.admin.query(
    `update events.events set starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour' where id = $1`,
    [event.id],
  );
  expect((await organizer.call('POST', `${path}/publish`)).body.code).toBe('EVENT_STATE');
  await change({ endsAt: inHours(1) });
  expect((await organizer.call('POST', `${path}/publish`)).body.status).toBe('published');
});

test('a draft with a price that Stripe never charges cannot be published, and stays readable and changeable', async () => {
  const { event, path, seat, change } = await create({ status: 'draft' });
  await catalogue.admin.query('update events.ticket_types set price = 30 where id = $1', [seat]);
  const refused = await organizer.call('POST', `${path}/publish`);
  expect(refused.body).toMatchObject({
    code: 'EVENT_STATE',
    detail: 'The price of "Seat" must be 0 or at least 50 (EUR 0.50), the smallest charge in EUR. Change it first.',
  });
  expect((await organizer.call('GET', path)).body.ticketTypes[1]?.price).toBe(30);
  expect((await change({ title: 'Other' })).body).toMatchObject({ id: event.id, title: 'Other', status: 'draft' });
  expect(wrongFields(await change({ ticketTypes: [{ id: seat, price: 31 }] }))).toEqual(['ticketTypes.0.price']);
  await change({ ticketTypes: [{ id: seat, price: 50 }] });
  expect((await organizer.call('POST', `${path}/publish`)).body.status).toBe('published');
});

test('an event in a currency that Stripe does not charge stays readable and changeable', async () => {
  const { event, path, change } = await create();
  await catalogue.admin.query(`update events.events set currency = 'CUP' where id = $1`, [event.id]);
  expect((await change({ title: 'Other' })).body).toMatchObject({ title: 'Other', currency: 'CUP' });
  expect((await organizer.call('GET', path)).body).toMatchObject({ title: 'Other', currency: 'CUP' });
});

test('an event that is over is cancelled only if that is what is meant', async () => {
  const { path } = await create();
  const past = "starts_at = now() - interval '3 hours', ends_at = now() - interval '1 second'";
  await catalogue.admin.query(`update events set ${past} where id = $1`, [path.slice('/events/'.length)]);
  const cancel = (body?: unknown) => organizer.call('POST', `${path}/cancel`, body);
  for (const body of [undefined, {}, { evenIfOver: false }]) {
    const refused = await cancel(body);
    expect([refused.status, refused.body.code]).toEqual([409, 'EVENT_STATE']);
    expect(refused.body.detail).toContain('{"evenIfOver":true}');
  }
  expect(wrongFields(await cancel({ evenIfover: true }))).toEqual(['evenIfover']);
  expect(wrongFields(await cancel({ evenIfOver: 'true' }))).toEqual(['evenIfOver']);
  expect((await catalogue.anyone.call('GET', path)).body.status).toBe('published');
  expect((await cancel({ evenIfOver: true })).body.status).toBe('cancelled');
  // It is done: to ask again, in whatever words, changes nothing.
  expect((await cancel()).body).toMatchObject({ status: 'cancelled', version: 2 });
});

test('an event that is not over, and a draft of which nothing was sold, are cancelled without further words', async () => {
  const { path } = await create();
  expect((await organizer.call('POST', `${path}/cancel`, {})).body.status).toBe('cancelled');
  const { path: draft } = await create({ status: 'draft' });
  const past = "starts_at = now() - interval '3 hours', ends_at = now() - interval '1 second'";
  await catalogue.admin.query(`update events set ${past} where id = $1`, [draft.slice('/events/'.length)]);
  expect((await organizer.call('POST', `${draft}/cancel`)).body.status).toBe('cancelled');
});

test('limits for each buyer are there when they are set, and gone when they are null', async () => {
  const ticketTypes = [aTicketType({ maxPerBuyer: 2 }), aTicketType({ name: 'Seat' })];
  const { event, path, change, seat } = await create({ maxPerBuyer: 6, ticketTypes });
  expect([event.maxPerBuyer, event.ticketTypes.map(({ maxPerBuyer }) => maxPerBuyer)]).toEqual([6, [2, null]]);
  const published = async () => {
    const { rows } = await catalogue.admin.query<{ limits: (number | null)[] }>(
      `select array[event_max_per_buyer, max_per_buyer] as limits
       from sellable_ticket_types where event_id = $1 order by position`,
      [event.id],
    );
    return rows.map(({ limits }) => limits);
  };
  expect(await published()).toEqual([
    [6, 2],
    [6, null],
  ]);
  await change({ maxPerBuyer: 8, ticketTypes: [{ id: seat, maxPerBuyer: 1 }] });
  const { body } = await catalogue.anyone.call('GET', path);
  expect([body.version, body.maxPerBuyer, body.ticketTypes.map((type) => type.maxPerBuyer)]).toEqual([2, 8, [2, 1]]);
  const cleared = await change({ maxPerBuyer: null, ticketTypes: [{ id: seat, maxPerBuyer: null }] });
  expect([cleared.body.maxPerBuyer, cleared.body.ticketTypes[1]?.maxPerBuyer]).toEqual([null, null]);
  expect((await change({ maxPerBuyer: null })).body.version).toBe(3);
  for (const wrong of [0, -1, 1.5, '2', 1_000_001]) {
    expect(wrongFields(await change({ maxPerBuyer: wrong }))).toEqual(['maxPerBuyer']);
    expect(wrongFields(await change({ ticketTypes: [{ id: seat, maxPerBuyer: wrong }] }))).toEqual([
      'ticketTypes.0.maxPerBuyer',
    ]);
  }
});

test('what is not there cannot be changed, published or cancelled', async () => {
  const path = '/events/0198c3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10';
  expect((await organizer.call('PATCH', path, { title: 'Other' })).body.code).toBe('NOT_FOUND');
  expect((await organizer.call('POST', `${path}/publish`)).body.code).toBe('NOT_FOUND');
  expect((await organizer.call('POST', `${path}/cancel`)).body.code).toBe('NOT_FOUND');
});
