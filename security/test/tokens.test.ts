import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forgedAuthorizations, goodTokens, type Claims } from '../forged-tokens.ts';
import { call } from '../http-call.ts';
import { openWorld, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** One call for each way in: what needs a token, and what honors one, of every service, and through the gateway. */
const WAYS: [name: string, service: keyof World['services'], path: () => Promise<string>][] = [
  ['an account, at the gateway', 'gateway', () => Promise.resolve('/auth/me')],
  ['orders, through the gateway', 'gateway', () => Promise.resolve('/orders')],
  ['a draft, through the gateway', 'gateway', draft],
  ['orders, at orders-service', 'orders-service', () => Promise.resolve('/orders')],
  ['what is left of a draft, at orders-service', 'orders-service', async () => `${await draft()}/availability`],
  ['a draft, at events-service', 'events-service', draft],
];

async function draft(): Promise<string> {
  return `/events/${(await world.event('draft')).eventId}`;
}

/** The organizer's own, who may see all of the above. */
function claims(): Claims {
  return { sub: world.people.ids.organizer, role: 'organizer', email: 'organizer@example.com' };
}

describe.each(WAYS)('%s', (_name, service, path) => {
  test('is shown for a token that we signed', async () => {
    const url = world.services[service] + (await path());
    for (const [what, token] of Object.entries(goodTokens(claims()))) {
      expect([what, (await call('GET', url, { token })).status]).toEqual([what, 200]);
    }
  });

  test('is not shown for a forged one, which is never taken for none at all either', async () => {
    const url = world.services[service] + (await path());
    for (const [what, authorization] of Object.entries(forgedAuthorizations(claims()))) {
      const { status, headers, body } = await call('GET', url, { headers: { authorization } });
      expect([what, status, headers.get('www-authenticate')]).toEqual([what, 401, 'Bearer']);
      expect(body, what).toMatchObject({ code: 'UNAUTHENTICATED' });
    }
  });

  test('is not shown for a token in the address or a cookie', async () => {
    const url = world.services[service] + (await path());
    const [token = ''] = Object.values(goodTokens(claims()));
    const answer = await call('GET', `${url}?access_token=${token}`, { headers: { cookie: `token=${token}` } });
    expect([401, 404]).toContain(answer.status);
  });
});

test('a token larger than all headers may be is refused before it is read', async () => {
  for (const url of Object.values(world.services)) {
    const headers = { authorization: `Bearer ${'a'.repeat(20_000)}.b.c` };
    expect((await call('GET', `${url}/health/live`, { headers })).status).toBe(400);
  }
});
