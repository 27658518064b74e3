import jwt from 'jsonwebtoken';
import { Session } from '@ticketing/types/account';
import { beforeEach, describe, expect, test } from 'vitest';
import { runAdmin } from '../src/admin/command.ts';
import { asAdmin, freshDatabase, newPerson, PASSWORD, startGateway, type Gateway } from './gateway.ts';

/** `pnpm admin …`, on a gateway's database. */
async function admin({ database }: Gateway, ...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runAdmin(args, {
    env: { DATABASE_URL: database.urls.gateway },
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    readPassword: () => Promise.resolve(undefined),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const claimsOf = ({ accessToken }: Session) => jwt.decode(accessToken) as Record<string, unknown>;

async function refreshed(gateway: Gateway, { refreshToken }: Session): Promise<Session> {
  return Session.parse(await (await gateway.post('/auth/refresh', { refreshToken })).json());
}

/** What orders-service says when it starts. */
const publishMode = (gateway: Gateway, mode: string) =>
  asAdmin(gateway.database, 'insert into orders.payment_mode (mode) values ($1)', [mode]);

describe('with approval', () => {
  let gateway: Gateway;
  beforeEach(async () => {
    gateway = await startGateway({ ORGANIZER_REGISTRATION: 'approval' });
  });

  test('who registers as an organizer has a customer’s rights, everywhere, until they are approved', async () => {
    const session = await gateway.register({ role: 'organizer' });
    expect(session.user).toMatchObject({ role: 'organizer', approval: 'pending' });
    expect(claimsOf(session)).toMatchObject({ role: 'customer', approval: 'pending' });
    const { email } = session.user;
    const login = await gateway.post('/auth/login', { email, password: PASSWORD });
    const again = await refreshed(gateway, Session.parse(await login.json()));
    expect(again.user).toEqual(session.user);
    expect(claimsOf(again)).toMatchObject({ role: 'customer', approval: 'pending' });
    const me = await gateway.get('/auth/me', { authorization: `Bearer ${session.accessToken}` });
    expect(await me.json()).toEqual(session.user);
    // What the release before this one reads, and puts into its tokens.
    expect(await asAdmin(gateway.database, 'select role from users')).toEqual([{ role: 'customer' }]);

    expect(await admin(gateway, 'approve', email)).toMatchObject({
      code: 0,
      out: expect.stringContaining('approved') as string,
    });
    const approved = await refreshed(gateway, session);
    expect(approved.user).toEqual({ ...session.user, approval: undefined });
    expect(claimsOf(approved)).toMatchObject({ role: 'organizer' });
    expect(claimsOf(approved)).not.toHaveProperty('approval');
  });

  test('customers register as ever', async () => {
    const session = await gateway.register();
    expect(session.user).toMatchObject({ role: 'customer' });
    expect(session.user).not.toHaveProperty('approval');
  });

  test('approving and revoking are safe to repeat, and say what is so already', async () => {
    const { user } = await gateway.register({ role: 'organizer' });
    const kinds = async (...commands: string[]) => {
      const told: unknown[] = [];
      for (const command of commands) {
        const { code, out } = await admin(gateway, command, user.email.toUpperCase(), '--json');
        told.push([code, (JSON.parse(out) as { kind: string }).kind]);
      }
      return told;
    };
    expect(await kinds('approve', 'approve', 'revoke', 'revoke', 'approve')).toEqual([
      [0, 'approved'],
      [0, 'already-organizer'],
      [0, 'revoked'],
      [0, 'already-customer'],
      // Who was revoked is not approved by mistake.
      [2, 'not-waiting'],
    ]);
    const other = await gateway.register({ role: 'organizer' });
    const declined = await admin(gateway, 'revoke', other.user.email);
    expect(declined).toMatchObject({ code: 0, out: expect.stringContaining('waits for approval no more') as string });
    expect((await refreshed(gateway, other)).user).toEqual({ ...other.user, role: 'customer', approval: undefined });
    expect(await admin(gateway, 'approve', 'nobody@example.com')).toEqual({
      code: 2,
      out: '',
      err: 'There is no account with the email nobody@example.com.',
    });
  });

  test('of approving and revoking at once, one comes last, and the account is whole', async () => {
    const { user } = await gateway.register({ role: 'organizer' });
    await Promise.all([admin(gateway, 'approve', user.email), admin(gateway, 'revoke', user.email)]);
    const rows = await asAdmin(gateway.database, 'select role, organizer_requested_at from users');
    expect(rows[0]).toMatchObject({ organizer_requested_at: null });
  });

  test('lists who waits first, the longest first, and those alone', async () => {
    const first = await gateway.register({ role: 'organizer' });
    const second = await gateway.register({ role: 'organizer' });
    // From before such names were refused.
    await asAdmin(gateway.database, 'update users set name = $1 where id = $2', ['Eve\u202eADMIN', second.user.id]);
    const third = await gateway.register({ role: 'organizer' });
    await gateway.register();
    await admin(gateway, 'approve', third.user.email);
    const { code, out } = await admin(gateway, 'list', '--json');
    const listed = JSON.parse(out) as { email: string; approval?: string; requestedAt: string | null }[];
    expect(code).toBe(0);
    expect(listed.map(({ email, approval }) => [email, approval])).toEqual([
      [first.user.email, 'pending'],
      [second.user.email, 'pending'],
      [third.user.email, undefined],
    ]);
    const waiting = await admin(gateway, 'list', '--waiting');
    expect(waiting.out.split('\n')).toHaveLength(3);
    expect(waiting.out).toContain('Eve\\u202eADMIN');
    expect(await admin(gateway, 'list', '--limit', '1')).toMatchObject({
      code: 0,
      err: 'There are more: see --limit.',
    });
    for (const { user } of [first, second]) await admin(gateway, 'approve', user.email);
    expect(await admin(gateway, 'list', '--waiting')).toEqual({ code: 2, out: '', err: 'Nobody waits for approval.' });
  });

  test('an admin makes organizers, approved, also of who waits', async () => {
    const created = await admin(gateway, 'create', 'venue@example.com', '--organizer', '--json');
    const { user, password } = JSON.parse(created.out) as { user: object; password: string };
    expect(user).toMatchObject({ role: 'organizer', name: 'Organizer' });
    const login = await gateway.post('/auth/login', { email: 'venue@example.com', password });
    expect(claimsOf(Session.parse(await login.json()))).toMatchObject({ role: 'organizer' });

    const waiting = await gateway.register({ role: 'organizer' });
    const refused = await admin(gateway, 'create', waiting.user.email, '--organizer');
    expect(refused).toMatchObject({ code: 64, err: expect.stringContaining('--promote') as string });
    await admin(gateway, 'create', waiting.user.email, '--organizer', '--promote');
    expect((await refreshed(gateway, waiting)).user).toEqual({ ...waiting.user, approval: undefined });

    const promoted = await gateway.register({ role: 'organizer' });
    await admin(gateway, 'create', promoted.user.email, '--promote');
    expect((await refreshed(gateway, promoted)).user).toEqual({ ...promoted.user, role: 'admin', approval: undefined });
    // An admin is not made less by becoming an organizer.
    const kept = await admin(gateway, 'create', promoted.user.email, '--promote', '--organizer', '--json');
    expect(JSON.parse(kept.out)).toMatchObject({ kind: 'already-admin' });
    expect(await admin(gateway, 'revoke', promoted.user.email)).toMatchObject({ code: 2 });
  });
});

test('closed, nobody registers as an organizer, and nothing is left of who tries', async () => {
  const gateway = await startGateway({ ORGANIZER_REGISTRATION: 'closed' });
  const refused = await gateway.post('/auth/register', newPerson({ role: 'organizer' }));
  expect([refused.status, await refused.json()]).toEqual([403, expect.objectContaining({ code: 'FORBIDDEN' })]);
  expect(await asAdmin(gateway.database, 'select from users')).toEqual([]);
  expect((await gateway.post('/auth/register', newPerson())).status).toBe(201);
});

describe('where nothing is configured', () => {
  const register = async (gateway: Gateway) => (await gateway.register({ role: 'organizer' })).user.approval;

  test('it is open without real money, and with approval where it is real or nobody has said so yet', async () => {
    const gateway = await startGateway({ ORGANIZER_REGISTRATION: '' });
    expect(await register(gateway)).toBe('pending');
    await publishMode(gateway, 'test');
    expect(await register(gateway)).toBeUndefined();
    await asAdmin(gateway.database, `update orders.payment_mode set mode = 'live'`);
    expect(await register(gateway)).toBe('pending');
  });

  test('what is configured counts, whatever the money', async () => {
    const gateway = await startGateway({ ORGANIZER_REGISTRATION: 'open' });
    await publishMode(gateway, 'live');
    expect(await register(gateway)).toBeUndefined();
  });
});

test('who was an organizer before there was approval still is', async () => {
  const database = await freshDatabase();
  const gateway = await startGateway({ ORGANIZER_REGISTRATION: 'approval' }, { database });
  const { user } = await gateway.register();
  // As the release before this one writes it.
  await asAdmin(database, `update users set role = 'organizer' where id = $1`, [user.id]);
  const login = await gateway.post('/auth/login', { email: user.email, password: PASSWORD });
  expect(claimsOf(Session.parse(await login.json()))).toMatchObject({ role: 'organizer' });
});
