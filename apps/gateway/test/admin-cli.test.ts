import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runAdmin } from '../src/admin/command.ts';
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
  expect(refused.code).toBe(64);
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
  expect([refused.code, refused.err]).toEqual([
    64,
    'The email must have at most 64 characters before the @.\nFor help: pnpm admin --help\n',
  ]);
});

test('takes a password in UTF-8 only, of the first line only', async () => {
  const gateway = await startGateway();
  const refused = await run(gateway, ['create', 'a@example.com'], Buffer.from('a pass\xffword\n', 'latin1'));
  expect([refused.code, refused.err]).toEqual([64, 'The password must be UTF-8.\nFor help: pnpm admin --help\n']);
  const lines = Buffer.concat([Buffer.from('pässwörd 🎟\r\n'), Buffer.from([0xff])]);
  expect((await run(gateway, ['create', 'a@example.com'], lines)).code).toBe(0);
  const login = await gateway.post('/auth/login', { email: 'a@example.com', password: 'pässwörd 🎟' });
  expect(login.status).toBe(200);
});

test.each<[string[], string]>([
  [[], 'Say what to do: create, list, approve or revoke.'],
  [['drop', 'a@example.com'], 'There is no command drop; use create, list, approve or revoke.'],
  [['create', 'nobody'], 'The email must be an e-mail address, like ada@example.com.'],
  [['create', 'a@example.com', '--name', ' '], '--name must not be empty.'],
  [['create'], 'create needs an email.'],
  [['approve'], 'approve needs an email.'],
  [['approve', 'a@example.com', 'b@example.com'], 'Unexpected argument: b@example.com'],
  [['create', 'a@example.com', '--what'], 'There is no option --what.'],
  [['approve', 'a@example.com', '--promote'], 'approve takes no --promote.'],
  [['create', 'a@example.com', '--waiting'], 'create takes no --waiting.'],
  [['list', 'a@example.com'], 'Unexpected argument: a@example.com'],
  [['list', '--limit', '0'], '--limit must be a whole number from 1 to 100000, not 0.'],
])('%j is refused', async (args, message) => {
  expect(await admin(args, {})).toEqual({ code: 64, out: '', err: `${message}\nFor help: pnpm admin --help` });
});

test('says what is wrong without a stack trace', async () => {
  const gateway = await startGateway();
  const short = await run(gateway, ['create', 'a@example.com'], 'short');
  expect([short.code, short.err]).toEqual([64, expect.stringMatching(/^The password must have at least 8/)]);
  const unset = await admin(['create', 'a@example.com'], { DATABASE_URL: '' });
  expect(unset).toMatchObject({ code: 78, err: expect.stringContaining('Nothing is running here') as string });
  const away = await run(gateway, ['create', 'a@example.com'], '', {
    DATABASE_URL: 'postgresql://x:secret@127.0.0.1:9/x',
  });
  expect([away.code, away.err]).toEqual([1, "Can't reach database server at 127.0.0.1:9\n"]);
  const help = await run(gateway, ['--help']);
  expect([help.code, help.out]).toEqual([0, expect.stringContaining('--promote')]);
});

/** In this process, with nothing on its standard input. */
async function admin(args: string[], env: NodeJS.ProcessEnv) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runAdmin(args, { env, out: (text) => out.push(text), err: (text) => err.push(text) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

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
