import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { asAdmin, PASSWORD, startGateway, type Gateway } from './gateway.ts';

const CLI = fileURLToPath(new URL('../src/admin-cli.ts', import.meta.url));

test('makes an admin with a password of its own, shown once', async () => {
  const gateway = await startGateway();
  const { code, out } = await run(gateway, ['create', 'Root@Example.com', '--name', 'Root']);
  expect(code).toBe(0);
  const password = /shown only here: (\S+)/.exec(out)?.[1] ?? '';
  expect(password).toMatch(/^[\w-]{20}$/);
  const login = await gateway.post('/auth/login', { email: 'root@example.com', password });
  expect(await login.json()).toMatchObject({ user: { name: 'Root', role: 'admin' } });
});

test('takes the password from standard input, and does not show it', async () => {
  const gateway = await startGateway();
  const { code, out } = await run(gateway, ['create', 'root@example.com', '--json'], `${PASSWORD}\n`);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ kind: 'created', user: { email: 'root@example.com', role: 'admin' } });
  expect(out).not.toContain(PASSWORD);
  expect((await gateway.post('/auth/login', { email: 'root@example.com', password: PASSWORD })).status).toBe(200);
});

test('an account that exists is promoted only when that is asked for, and keeps its password', async () => {
  const gateway = await startGateway();
  const { user } = await gateway.register();
  const refused = await run(gateway, ['create', user.email]);
  expect(refused.code).toBe(2);
  expect(refused.err).toContain('--promote');
  expect(await asAdmin(gateway.database, 'select role from users')).toEqual([{ role: 'customer' }]);

  const promoted = await run(gateway, ['create', user.email, '--promote', '--json']);
  expect(JSON.parse(promoted.out)).toMatchObject({ kind: 'promoted', user: { id: user.id, role: 'admin' } });
  const again = await run(gateway, ['create', user.email, '--promote', '--json']);
  expect(JSON.parse(again.out)).toMatchObject({ kind: 'already-admin' });
  expect((await gateway.post('/auth/login', { email: user.email, password: PASSWORD })).status).toBe(200);
});

test('finds an account however its address is typed, also one that would be refused now', async () => {
  const gateway = await startGateway();
  await gateway.register({ email: 'info@почта.рф' });
  const promoted = await run(gateway, ['create', 'INFO@Почта.рф', '--promote', '--json']);
  expect(JSON.parse(promoted.out)).toMatchObject({ kind: 'promoted', user: { email: 'info@xn--80a1acny.xn--p1ai' } });
  const old = `${'a'.repeat(65)}@example.com`;
  await asAdmin(gateway.database, `update users set email = $1, role = 'customer'`, [old]);
  expect(JSON.parse((await run(gateway, ['create', old, '--promote', '--json'])).out)).toMatchObject({
    kind: 'promoted',
  });
  const refused = await run(gateway, ['create', `b${old}`, '--promote']);
  expect([refused.code, refused.err]).toEqual([2, 'The email must have at most 64 characters before the @.\n']);
});

test('takes a password in UTF-8 only, of the first line only', async () => {
  const gateway = await startGateway();
  const refused = await run(gateway, ['create', 'a@example.com'], Buffer.from('a pass\xffword\n', 'latin1'));
  expect([refused.code, refused.err]).toEqual([2, 'The password must be UTF-8.\n']);
  const lines = Buffer.concat([Buffer.from('pässwörd 🎟\r\n'), Buffer.from([0xff])]);
  expect((await run(gateway, ['create', 'a@example.com'], lines)).code).toBe(0);
  const login = await gateway.post('/auth/login', { email: 'a@example.com', password: 'pässwörd 🎟' });
  expect(login.status).toBe(200);
});

test('says what is wrong without a stack trace', async () => {
  const gateway = await startGateway();
  const wrong: [string[], string, number, RegExp][] = [
    [['create', 'nobody'], '', 2, /email must be an e-mail address/],
    [['create', 'a@example.com'], 'short', 2, /password must have at least 8/],
    [['create', 'a@example.com', '--name', ' '], '', 2, /name must not be empty/],
    [['create'], '', 2, /admin create <email>/],
    [['drop', 'a@example.com'], '', 2, /admin create <email>/],
    [['create', 'a@example.com', '--what'], '', 2, /--what/],
  ];
  for (const [args, input, expected, message] of wrong) {
    const { code, err } = await run(gateway, args, input);
    expect(code, args.join(' ')).toBe(expected);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/^ +at /m);
  }
  const unset = await run(gateway, ['create', 'a@example.com'], '', { DATABASE_URL: '' });
  expect([unset.code, unset.err]).toEqual([78, expect.stringContaining('DATABASE_URL: is not set')]);
  const away = await run(gateway, ['create', 'a@example.com'], '', {
    DATABASE_URL: 'postgresql://x:secret@127.0.0.1:9/x',
  });
  expect([away.code, away.err]).toEqual([1, "Can't reach database server at 127.0.0.1:9\n"]);
  expect(away.err).not.toContain('secret');
  const help = await run(gateway, ['--help']);
  expect([help.code, help.out]).toEqual([0, expect.stringContaining('--promote')]);
});

async function run(gateway: Gateway, args: string[], input: string | Buffer = '', env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, DATABASE_URL: gateway.database.urls.gateway, ...env },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (part) => (out += String(part)));
  child.stderr.on('data', (part) => (err += String(part)));
  // It may be gone before it has read anything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}
