import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { insertEffects } from '@ticketing/order-core/outbox';
import { recordLog } from '@ticketing/testing/recorded-log';
import { inTransaction } from '@ticketing/service-kit/postgres';
import { freePorts } from '@ticketing/testing/local-server/free-ports';
import { startLocalStripe } from '@ticketing/testing/local-stripe';
import { waitUntil } from '@ticketing/testing/wait-until';
import { expect, onTestFinished, test } from 'vitest';
import { payUnheard } from './stripe-world.ts';
import { openWorld } from './worker.ts';

const KEY = 'sk_test_4eC39HqLyjWDarjtT1zdp7dc';

test('a key that Stripe does not accept ends the process with one line, and the status for wrong settings', async () => {
  const stripe = await startLocalStripe({ webhookSecret: 'whsec_of_the_tests_only', secretKey: 'sk_test_another' });
  onTestFinished(stripe.close);
  const main = fileURLToPath(import.meta.resolve('../src/main.ts'));
  const child = spawn(process.execPath, [main], {
    env: {
      ...{ PATH: process.env.PATH, NODE_ENV: 'production', HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0' },
      // Nobody is there: neither is needed to find out.
      DATABASE_URL: 'postgresql://worker:password@127.0.0.1:9/ticketing',
      KAFKA_BROKERS: '127.0.0.1:9',
      STRIPE_SECRET_KEY: KEY,
      STRIPE_API_BASE: stripe.url,
      MAIL_DIRECTORY: '/nowhere',
    },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  expect([status, output]).toEqual([78, expect.stringContaining('STRIPE_SECRET_KEY: ')]);
  expect(output.trim().split('\n')).toHaveLength(1);
  expect(output).not.toMatch(/4eC39|p7dc/);
});

test('the worker starts while Stripe cannot be reached, and says so', async () => {
  const world = await openWorld();
  const [nobody] = await freePorts(1);
  const { lines, log } = recordLog();
  await world.startWorker({ STRIPE_API_BASE: `http://127.0.0.1:${nobody}` }, { log });
  expect(lines.filter(({ msg }) => msg.includes('STRIPE_SECRET_KEY'))).toMatchObject([{ level: 'warn' }]);
});

test('a key that is revoked while the worker runs is counted, and told to the log without the key', async () => {
  const world = await openWorld(undefined, { secretKey: KEY });
  const { lines, log } = recordLog();
  const [metricsPort] = await freePorts(1);
  const [orderId = ''] = await world.holds(await world.event(), 1);
  await world.startWorker({ STRIPE_SECRET_KEY: KEY, METRICS_PORT: String(metricsPort) }, { log });
  world.stripe.changeKey('sk_test_another');
  await inTransaction(world.db.pool, (client) =>
    insertEffects(client, [{ kind: 'cancel-payment', orderId, intentId: 'pi_1' }]),
  );
  await waitUntil('the refusal to be counted', async () => {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    return Number(/^stripe_refused_total\{reason="authentication".*\} (\d+)$/m.exec(text)?.[1]) > 0;
  });
  await waitUntil('the job to be put off', () => lines.some(({ msg }) => msg.includes('will be tried again')));
  expect(lines.filter(({ msg }) => msg.includes('STRIPE_SECRET_KEY'))).toMatchObject([{ level: 'error' }]);
  const { rows } = await world.admin.query('select last_error from orders.outbox');
  expect(JSON.stringify([lines, rows])).not.toContain('p7dc');
});

test('payments that were settled by asking are counted', async () => {
  const world = await openWorld();
  const [metricsPort] = await freePorts(1);
  await payUnheard(world, await world.event(), 2);
  await world.admin.query(`update orders.payments set created_at = now() - interval '1 hour'`);
  await world.startWorker({ METRICS_PORT: String(metricsPort) });
  await waitUntil('both to be counted', async () => {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    return Number(/^stripe_settled_by_asking_total\{.*\} (\d+)$/m.exec(text)?.[1]) === 2;
  });
});
