import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { provideSecrets, readSecrets, SecretsError } from '../start/secrets.ts';

let dataDir: string;
let file: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ticketing-secrets-'));
  file = join(dataDir, 'secrets.json');
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const good = {
  jwtSecret: 'j'.repeat(43),
  stripeWebhookSecret: 'whsec_w',
  rolePasswords: { gateway: 'g', events: 'e', orders: 'o', worker: 'w' },
};
const without = (field: keyof typeof good) => JSON.stringify({ ...good, [field]: undefined });

test('secrets are made once, for their owner only', async () => {
  const made = await provideSecrets(dataDir);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await provideSecrets(dataDir)).toEqual(made);
  expect(await readSecrets(dataDir)).toEqual(made);
  expect(await readdir(dataDir)).toEqual(['secrets.json']);
});

test('those of an earlier release are kept, and get what they lack', async () => {
  await writeFile(file, JSON.stringify(good));
  expect(await readSecrets(dataDir)).toEqual(good);
  const secrets = await provideSecrets(dataDir);
  expect(secrets).toMatchObject(good);
  expect(secrets.demoPassword).not.toBe('');
  expect(await provideSecrets(dataDir)).toEqual(secrets);
});

test.each([
  ['', 'is empty'],
  [' \n', 'is empty'],
  ['{', 'is not JSON'],
  [JSON.stringify(good).slice(0, -20), 'is not JSON'],
  ['jwtSecret=abc', 'is not JSON'],
  ['null', 'holds no object'],
  ['[]', 'holds no object'],
  ['"secret"', 'holds no object'],
  ['{}', 'has no valid jwtSecret, stripeWebhookSecret, rolePasswords'],
  [without('jwtSecret'), 'has no valid jwtSecret'],
  [without('stripeWebhookSecret'), 'has no valid stripeWebhookSecret'],
  [without('rolePasswords'), 'has no valid rolePasswords'],
  [JSON.stringify({ ...good, jwtSecret: 'short' }), 'has no valid jwtSecret'],
  [JSON.stringify({ ...good, jwtSecret: 42 }), 'has no valid jwtSecret'],
  [
    JSON.stringify({ ...good, rolePasswords: { ...good.rolePasswords, worker: '' } }),
    'has no valid rolePasswords.worker',
  ],
  [JSON.stringify({ ...good, demoPassword: null }), 'has no valid demoPassword'],
])('a file with %s is named, and stays', async (text, fault) => {
  await writeFile(file, text);
  for (const read of [provideSecrets, readSecrets]) {
    await expect(read(dataDir)).rejects.toThrow(SecretsError);
    await expect(read(dataDir)).rejects.toThrow(`${file} ${fault}. Restore it from a backup, or remove it:`);
  }
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('a folder in its place is named', async () => {
  await mkdir(file);
  await expect(provideSecrets(dataDir)).rejects.toThrow(`${file} cannot be read: it is a folder and not a file.`);
});
