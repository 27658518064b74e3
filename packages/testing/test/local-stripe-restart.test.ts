import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startLocalStripe } from '../src/local-stripe.ts';
import { clientOf, payment, setUp } from './local-stripe-setup.ts';

async function stateFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'local-stripe-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'stripe.json');
}

test('payments, keys and events still due survive a restart', async () => {
  const file = await stateFile();
  const first = await startLocalStripe({ webhookSecret: 'whsec_test', file });
  const { id } = await clientOf(first).paymentIntents.create(payment, { idempotencyKey: 'k' });
  first.pay(id);
  await first.close();

  const { local, stripe, receiver } = await setUp({ file });
  expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ status: 'succeeded' });
  expect((await stripe.paymentIntents.create(payment, { idempotencyKey: 'k' })).id).toBe(id);
  await local.delivered();
  expect(receiver.received.map(({ type }) => type).toSorted()).toEqual([
    'charge.succeeded',
    'payment_intent.created',
    'payment_intent.succeeded',
  ]);
  await local.close();

  const again = await setUp({ file });
  await again.local.delivered();
  expect(again.receiver.received).toEqual([]);
});

test('disputes and the account survive a restart, which files of earlier releases do not have', async () => {
  const file = await stateFile();
  const first = await startLocalStripe({ webhookSecret: 'whsec_test', file });
  const { id } = await clientOf(first).paymentIntents.create(payment);
  first.pay(id);
  const dispute = first.dispute(id);
  await first.close();
  const second = await startLocalStripe({ webhookSecret: 'whsec_test', file });
  expect(second.books().disputes).toEqual([dispute]);
  expect(second.accountId).toBe(first.accountId);
  await second.close();

  const { disputes, accountId, ...earlier } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  expect([disputes, accountId]).toEqual([[dispute], first.accountId]);
  await writeFile(file, JSON.stringify(earlier));
  const third = await startLocalStripe({ webhookSecret: 'whsec_test', file });
  onTestFinished(() => third.close());
  expect(third.books()).toMatchObject({ paymentIntents: [{ id }], disputes: [] });
  expect(third.accountId).toMatch(/^acct_/);
});

test('a file that holds something else is not overwritten', async () => {
  const file = await stateFile();
  await writeFile(file, '{}');
  await expect(startLocalStripe({ webhookSecret: 'whsec_test', file })).rejects.toThrow(`${file} does not hold`);
});

const cli = fileURLToPath(new URL('../src/local-stripe-cli.ts', import.meta.url));

test.each(['SIGTERM', 'disconnect'] as const)('the command says when it is ready and closes on %s', async (how) => {
  const child = spawn(process.execPath, [cli, '--port', '0', '--webhook-secret', 'whsec_test'], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const output = createInterface(child.stdout ?? Readable.from([]));
  const line = await new Promise<string>((resolve) => output.once('line', resolve));
  const { url } = JSON.parse(line) as { url: string };
  expect((await fetch(`${url}/_local/books`)).status).toBe(200);
  if (how === 'disconnect') child.disconnect();
  else child.kill(how);
  expect(await exited).toBe(0);
});

test('the command without a webhook secret fails with its usage', async () => {
  const child = spawn(process.execPath, [cli], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(64);
  expect(complaint).toContain('--webhook-secret is required');
});
