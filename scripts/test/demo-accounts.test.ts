import { randomUUID } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { createDatabase, providePostgres, type TestDatabase } from '@ticketing/testing/postgres';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { secureDemoAccounts } from '../start/demo-accounts.ts';
import { DEMO_ACCOUNTS } from '../start/demo-data.ts';
import { isLiveKey, wantsDemo } from '../start/demo.ts';

/** As it stood in the source of earlier releases. */
const PUBLISHED = 'try-ticketing';
const OURS = 'of-this-installation';
const EMAILS = Object.values(DEMO_ACCOUNTS).map(({ email }) => email);

let server: Awaited<ReturnType<typeof providePostgres>>;
let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  server = await providePostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await createDatabase(server.url);
  pool = new pg.Pool({ connectionString: database.adminUrl });
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

/** Accounts with a session each, and an event of the organizer's. */
async function demoFromEarlier(password: string, status = 'published'): Promise<void> {
  const passwordHash = await hash(password);
  for (const { email, name, role } of [...Object.values(DEMO_ACCOUNTS), SOMEONE]) {
    const id = randomUUID();
    await pool.query('insert into identity.users (id, email, name, role, password_hash) values ($1, $2, $3, $4, $5)', [
      ...[id, email, name, role, passwordHash],
    ]);
    await pool.query(
      `insert into identity.token_families (id, user_id, ends_at) values ($1, $2, now() + interval '1 day')`,
      [randomUUID(), id],
    );
    if (role === 'organizer') {
      await pool.query(
        `insert into events.events (id, organizer_id, title, description, venue, timezone, starts_at, ends_at, currency,
                                    status, search_words, created_at, updated_at, published_at)
         values ($1, $2, 'Night of the Proms', '', 'Vienna', 'Europe/Vienna', now() + interval '1 day',
                 now() + interval '2 days', 'EUR', $3, '{}', now(), now(), now())`,
        [randomUUID(), id, status],
      );
    }
  }
}

const SOMEONE = { email: 'someone@real.example', name: 'Someone', role: 'customer' };

/** Who can sign in with a password, and whose session goes on. */
async function access(password: string) {
  const { rows } = await pool.query<{ email: string; hash: string; sessions: number }>(
    `select email, password_hash as hash,
            (select count(*)::int from identity.token_families f where f.user_id = u.id and revoked_at is null) as sessions
       from identity.users u order by email`,
  );
  const opened = await Promise.all(rows.map((row) => verify(row.hash, password)));
  return {
    signIn: rows.filter((_row, index) => opened[index]).map(({ email }) => email),
    sessions: rows.filter(({ sessions }) => sessions > 0).map(({ email }) => email),
  };
}

test('without a demo, nobody signs in with a password that was published, and sessions from it end', async () => {
  await demoFromEarlier(PUBLISHED);
  const secure = () => secureDemoAccounts(database.adminUrl, { password: undefined, kept: OURS, isLive: false });
  expect(await secure()).toEqual(EMAILS.toSorted());
  expect(await access(PUBLISHED)).toEqual({ signIn: [SOMEONE.email], sessions: [SOMEONE.email] });
  expect(await secure()).toEqual([]);
});

test('without a demo, accounts with a password of this installation are left alone', async () => {
  await demoFromEarlier(OURS);
  const before = await access(OURS);
  expect(await secureDemoAccounts(database.adminUrl, { password: undefined, kept: OURS, isLive: false })).toEqual([]);
  expect(await access(OURS)).toEqual(before);
});

test('with a demo, its accounts get the password of this installation, whatever they had', async () => {
  await demoFromEarlier(PUBLISHED);
  const secure = () => secureDemoAccounts(database.adminUrl, { password: OURS, kept: OURS, isLive: false });
  expect(await secure()).toEqual([]);
  expect(await access(OURS)).toEqual({ signIn: EMAILS.toSorted(), sessions: [SOMEONE.email] });
  expect((await access(PUBLISHED)).signIn).toEqual([SOMEONE.email]);
});

test.each([PUBLISHED, OURS])('with a live key, demo accounts with the password %s are shut out', async (password) => {
  await demoFromEarlier(password, 'cancelled');
  expect(await secureDemoAccounts(database.adminUrl, { password: undefined, kept: OURS, isLive: true })).toEqual(
    EMAILS.toSorted(),
  );
  expect(await access(password)).toEqual({ signIn: [SOMEONE.email], sessions: [SOMEONE.email] });
});

test('with a live key, demo events that are on sale are refused, and nothing is changed', async () => {
  await demoFromEarlier(PUBLISHED);
  const before = await access(PUBLISHED);
  await expect(
    secureDemoAccounts(database.adminUrl, { password: undefined, kept: OURS, isLive: true }),
  ).rejects.toThrow(
    /live key, but this database has demo events on sale \(Night of the Proms\).*organizer@example\.com/,
  );
  expect(await access(PUBLISHED)).toEqual(before);
});

test('a database without our tables is fine', async () => {
  await pool.query('drop schema identity cascade; drop schema events cascade');
  expect(await secureDemoAccounts(database.adminUrl, { password: OURS, kept: OURS, isLive: true })).toEqual([]);
});

const KEYS = { test: ['sk_test_1', 'rk_test_1', undefined, ''], live: ['sk_live_1', 'rk_live_1', ' sk_live_1'] };
const OWN = 'postgresql://admin@db.example/shop';

test('demo data is in the embedded database, and elsewhere if asked for; with a live key, nowhere', () => {
  for (const stripeKey of KEYS.test) {
    expect(isLiveKey(stripeKey)).toBe(false);
    expect(wantsDemo({ isAsked: false, databaseUrl: undefined, stripeKey })).toBe(true);
    expect(wantsDemo({ isAsked: false, databaseUrl: OWN, stripeKey })).toBe(false);
    expect(wantsDemo({ isAsked: true, databaseUrl: OWN, stripeKey })).toBe(true);
  }
  for (const stripeKey of KEYS.live) {
    expect(isLiveKey(stripeKey)).toBe(true);
    for (const databaseUrl of [undefined, OWN]) {
      expect(wantsDemo({ isAsked: false, databaseUrl, stripeKey })).toBe(false);
      expect(() => wantsDemo({ isAsked: true, databaseUrl, stripeKey })).toThrow('STRIPE_SECRET_KEY is a live key');
    }
  }
});
