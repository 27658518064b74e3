import { afterAll, beforeAll, expect, test } from 'vitest';
import { anEvent } from './builders.ts';
import { startCatalogue, type Catalogue, type Client } from './catalogue.ts';

let catalogue: Catalogue;
let organizer: Client;
let others: Record<'nobody' | 'customer' | 'organizer', Client>;
let admin: Client;
beforeAll(async () => {
  catalogue = await startCatalogue();
  organizer = catalogue.someone('organizer');
  admin = catalogue.someone('admin');
  others = {
    nobody: catalogue.anyone,
    customer: catalogue.someone('customer'),
    organizer: catalogue.someone('organizer'),
  };
});
afterAll(() => catalogue.close());

async function create(status: 'draft' | 'published'): Promise<string> {
  const { body } = await organizer.call('POST', '/events', anEvent({ status }));
  return `/events/${body.id}`;
}

test('a draft is shown to its organizer and to admins, and does not exist for anyone else', async () => {
  const path = await create('draft');
  for (const client of [organizer, admin]) {
    const answer = await client.call('GET', path);
    expect([answer.status, answer.body.status]).toEqual([200, 'draft']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  }
  for (const client of Object.values(others)) expect((await client.call('GET', path)).body.code).toBe('NOT_FOUND');
});

test("someone else's draft cannot be changed, published or cancelled, nor be told from none", async () => {
  const path = await create('draft');
  expect((await others.organizer.call('PATCH', path, { title: 'Mine' })).body.code).toBe('NOT_FOUND');
  expect((await others.organizer.call('POST', `${path}/publish`)).body.code).toBe('NOT_FOUND');
  expect((await others.organizer.call('POST', `${path}/cancel`)).body.code).toBe('NOT_FOUND');
});

test("someone else's public event can be seen, but not changed, published or cancelled", async () => {
  const path = await create('published');
  for (const client of Object.values(others)) expect((await client.call('GET', path)).status).toBe(200);
  for (const client of [others.organizer, others.customer]) {
    expect((await client.call('PATCH', path, { title: 'Mine' })).body.code).toBe('FORBIDDEN');
    expect((await client.call('POST', `${path}/publish`)).body.code).toBe('FORBIDDEN');
    expect((await client.call('POST', `${path}/cancel`)).body.code).toBe('FORBIDDEN');
  }
  expect((await others.nobody.call('PATCH', path, {})).body.code).toBe('UNAUTHENTICATED');
});

test('an admin acts on events of all', async () => {
  const path = await create('draft');
  expect((await admin.call('PATCH', path, { title: 'Reviewed' })).body).toMatchObject({
    title: 'Reviewed',
    version: 2,
  });
  expect((await admin.call('POST', `${path}/publish`)).body.status).toBe('published');
  expect((await admin.call('POST', `${path}/cancel`)).body).toMatchObject({ status: 'cancelled', version: 4 });
});

test('an event that was published stays public when it is cancelled, and leaves the list', async () => {
  const path = await create('published');
  await organizer.call('POST', `${path}/cancel`);
  for (const client of Object.values(others)) {
    expect((await client.call('GET', path)).body.status).toBe('cancelled');
  }
  const { body } = await catalogue.anyone.call('GET', '/events?limit=100');
  expect(body.items.map(({ id }) => `/events/${id}`)).not.toContain(path);
});

test('a draft that is cancelled was never public and does not become so', async () => {
  const path = await create('draft');
  expect((await organizer.call('POST', `${path}/cancel`)).body.status).toBe('cancelled');
  expect((await organizer.call('GET', path)).headers.get('cache-control')).toBe('no-store');
  for (const client of Object.values(others)) expect((await client.call('GET', path)).body.code).toBe('NOT_FOUND');
});

test('a draft is not in the list until it is published', async () => {
  const path = await create('draft');
  const listed = async () => {
    const { body } = await catalogue.anyone.call('GET', '/events?limit=100');
    return body.items.map(({ id }) => `/events/${id}`).includes(path);
  };
  expect(await listed()).toBe(false);
  await organizer.call('POST', `${path}/publish`);
  expect(await listed()).toBe(true);
});
