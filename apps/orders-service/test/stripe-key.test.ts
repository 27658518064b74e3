import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ConfigError, readConfig } from '@ticketing/service-kit/config';
import { recordLog, type LogLine } from '@ticketing/testing/recorded-log';
import { freePorts } from '@ticketing/testing/local-server/free-ports';
import { startLocalStripe, type Fault, type LocalStripe } from '@ticketing/testing/local-stripe';
import { describe, expect, onTestFinished, test } from 'vitest';
import { OrdersConfig } from '../src/config.ts';
import { startService } from '../src/service.ts';
import { openForTest } from './orders.ts';
import { openShop } from './shop.ts';

const KEY = 'sk_test_4eC39HqLyjWDarjtT1zdp7dc';

async function openStripe(secretKey?: string): Promise<LocalStripe> {
  const stripe = await startLocalStripe({ webhookSecret: 'whsec_of_the_tests_only', ...(secretKey && { secretKey }) });
  onTestFinished(stripe.close);
  return stripe;
}

function environment(settings: Record<string, string>) {
  return {
    ...{ NODE_ENV: 'test', HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0' },
    JWT_SECRET: 'a-secret-of-the-tests-with-32-characters',
    // Nobody is there: a start needs no database.
    DATABASE_URL: 'postgresql://orders:password@127.0.0.1:9/ticketing',
    STRIPE_SECRET_KEY: KEY,
    STRIPE_WEBHOOK_SECRET: 'whsec_of_the_tests_only',
    MAIL_DIRECTORY: '/nowhere',
    ...settings,
  };
}

/** What a start with these settings has logged at the start, of Stripe. */
async function startedWith(settings: Record<string, string>): Promise<LogLine[]> {
  const { lines, log } = recordLog();
  const service = await startService(readConfig(OrdersConfig, environment(settings)), log);
  await service.close();
  return lines.filter(({ msg }) => msg.includes('STRIPE'));
}

describe('a key that Stripe does not accept', () => {
  const refusals: [string, Partial<Fault> | undefined, RegExp][] = [
    ['that it does not know', undefined, /^STRIPE_SECRET_KEY: .* does not accept this key\./],
    [
      'that has expired',
      { status: 401, code: 'api_key_expired', message: `Expired API Key provided: ${KEY}` },
      /^STRIPE_SECRET_KEY: this key has expired or was revoked\./,
    ],
  ];

  test.each(refusals)('%s stops the start, with what to set', async (_what, fault, message) => {
    const stripe = await openStripe(fault ? KEY : 'sk_test_of_another_account');
    if (fault) stripe.failNext({ path: '/v1/account', times: 1, ...fault });
    const { lines, log } = recordLog();
    const config = readConfig(OrdersConfig, environment({ STRIPE_API_BASE: stripe.url }));
    const started = startService(config, log);
    await expect(started).rejects.toThrow(ConfigError);
    await expect(started).rejects.toThrow(message);
    await expect(started).rejects.not.toThrow(/4eC39|p7dc/);
    expect(JSON.stringify(lines)).not.toMatch(/4eC39|p7dc/);
  });

  test('ends the process with one line, and the status for wrong settings', async () => {
    const stripe = await openStripe('sk_test_of_another_account');
    for (const format of ['json', 'pretty']) {
      const env = environment({ STRIPE_API_BASE: stripe.url, LOG_FORMAT: format, NODE_ENV: 'production' });
      const { status, output } = await runMain({ ...env, MAIL_DIRECTORY: '/tmp/nowhere' });
      expect([status, output]).toEqual([78, expect.stringContaining('STRIPE_SECRET_KEY: ')]);
      expect(output.trim().split('\n')).toHaveLength(1);
      expect(output).toContain(`${stripe.url} (STRIPE_API_BASE) does not accept this key`);
      expect(output).not.toMatch(/4eC39|p7dc/);
    }
  });
});

async function runMain(env: Record<string, string>): Promise<{ status: number | null; output: string }> {
  const main = fileURLToPath(import.meta.resolve('../src/main.ts'));
  const child = spawn(process.execPath, [main], { env: { PATH: process.env.PATH, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, output };
}

describe('a key that Stripe accepts', () => {
  test('is nothing to talk of, with a space or a line’s end around it too', async () => {
    const stripe = await openStripe(KEY);
    for (const key of [KEY, ` ${KEY}`, `${KEY}\n`, `\t${KEY} \r\n`]) {
      expect(await startedWith({ STRIPE_API_BASE: stripe.url, STRIPE_SECRET_KEY: key })).toEqual([]);
    }
  });

  test('is asked about once: its account is known from then on', async () => {
    const shop = await openForTest();
    shop.stripe.failNext({ path: '/v1/account', status: 500, times: 100 });
    const { eventId, ticketTypeId } = await shop.createEvent();
    const buyer = shop.token();
    const { body: order } = await shop.hold(buyer, eventId, [[ticketTypeId, 1]]);
    expect((await shop.startPayment(buyer, order.id)).status).toBe(200);
    const { rows } = await shop.admin.query('select account_id from orders.payments');
    expect(rows).toEqual([{ account_id: shop.stripe.accountId }]);
  });

  test('and is restricted need not tell its account, if it may read what is needed', async () => {
    const stripe = await openStripe();
    const settings = { STRIPE_API_BASE: stripe.url, STRIPE_SECRET_KEY: 'rk_test_4eC39HqLyjWDarjtT1zdp7dc' };
    expect((await startedWith(settings)).map(({ level }) => level)).toEqual(['info']);
    const message = "The provided key 'rk_test_***' does not have the required permissions: 'rak_event_read'.";
    for (const path of ['/v1/events', '/v1/disputes']) stripe.failNext({ path, status: 403, message, times: 1 });
    const [line, ...more] = await startedWith(settings);
    expect([line, more]).toEqual([
      expect.objectContaining({
        level: 'warn',
        msg: expect.stringMatching(/^STRIPE_SECRET_KEY is not allowed to read Disputes, Events\./) as string,
        reasons: Array(2).fill(expect.stringContaining("permissions: 'rak_event_read'")) as string[],
      }),
      [],
    ]);
  });

  test('and is live is warned about where it goes to another server than Stripe’s', async () => {
    const live = 'sk_live_4eC39HqLyjWDarjtT1zdp7dc';
    const stripe = await openStripe(live);
    const lines = await startedWith({ STRIPE_API_BASE: stripe.url, STRIPE_SECRET_KEY: live });
    expect(lines).toMatchObject([
      { level: 'warn', msg: `STRIPE_API_BASE sends a live key to ${stripe.url} instead of Stripe` },
    ]);
  });
});

describe('while Stripe cannot be asked, the service starts, with a warning', () => {
  const faults: [string, Omit<Fault, 'times'>][] = [
    ['it fails', { status: 500 }],
    ['it is overloaded', { status: 503 }],
    ['it has too many calls', { status: 429 }],
    ['it is too slow', { timeoutMs: 60_000 }],
  ];
  test.each(faults)(
    '%s',
    async (_what, fault) => {
      const stripe = await openStripe();
      stripe.failNext({ path: '/v1/account', times: 1, ...fault });
      expectWarning(await startedWith({ STRIPE_API_BASE: stripe.url }));
    },
    20_000,
  );

  test('nobody is there', async () => {
    const [nobody] = await freePorts(1);
    const lines = await startedWith({ STRIPE_API_BASE: `http://127.0.0.1:${nobody}` });
    expectWarning(lines);
    expect(lines[0]?.stripe).toBe(`http://127.0.0.1:${nobody}`);
  });

  test.each([401, 403, 404, 407, 502])('a proxy answers %i in its place', async (status) => {
    const proxy = createServer((_request, response) => void response.writeHead(status).end('<html>No.</html>'));
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void proxy.close());
    expectWarning(await startedWith({ STRIPE_API_BASE: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` }));
  });

  function expectWarning(lines: LogLine[]) {
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'warn',
        msg: 'Stripe could not be asked whether it accepts STRIPE_SECRET_KEY; starting without knowing',
        reason: expect.stringMatching(/\w{4}/) as string,
      }),
    ]);
  }
});

test.each([
  ['pk_test_4eC39HqLyjWDarjtT1zdp7dc', /is a publishable key/],
  ['whsec_4eC39HqLyjWDarjtT1zdp7dc', /is the secret of a webhook endpoint/],
  ['4eC39HqLyjWDarjtT1zdp7dc', /must be a secret key of Stripe/],
  ['sk_', /must be a secret key of Stripe/],
  ['sk_test_4eC39HqLyjWD arjtT1zdp7dc', /must be a secret key of Stripe/],
  ['sk_test_4eC39HqLyjWD\narjtT1zdp7dc', /must be a secret key of Stripe/],
  ['sk_test_4eC39HqLyjWDä', /must be a secret key of Stripe/],
])('a key like %j is refused before Stripe is asked', (key, message) => {
  const read = () => readConfig(OrdersConfig, environment({ STRIPE_SECRET_KEY: key }));
  expect(read).toThrow(message);
  expect(read).not.toThrow(/4eC39/);
});

/** What Stripe may refuse all calls of a service that runs for. */
const laterRefusals: [string, (stripe: LocalStripe) => void][] = [
  ['authentication', (stripe) => stripe.changeKey('sk_test_another')],
  [
    'permission',
    (stripe) => {
      const message = "The provided key 'rk_test_***p7dc' does not have the required permissions for this endpoint.";
      stripe.failNext({ path: '/v1/payment_intents', status: 403, message, times: 1_000 });
    },
  ],
];

test.each(laterRefusals)('a key that loses its %s is told to us, and not to the buyer', async (reason, refuse) => {
  const { lines, log } = recordLog();
  const [metricsPort] = await freePorts(1);
  const shop = await openShop({ STRIPE_SECRET_KEY: KEY, METRICS_PORT: String(metricsPort) }, log);
  onTestFinished(shop.close);
  const refused = async () => {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    return Number(new RegExp(`^stripe_refused_total{reason="${reason}".*} (\\d+)$`, 'm').exec(text)?.[1]);
  };
  expect(await refused()).toBe(0);
  refuse(shop.stripe);
  const { eventId, ticketTypeId } = await shop.createEvent();
  const buyer = shop.token();
  const { body: order } = await shop.hold(buyer, eventId, [[ticketTypeId, 1]]);
  for (let attempt = 1; attempt <= 3; attempt++) {
    const { status, body } = await shop.startPayment(buyer, order.id);
    expect([status, body]).toMatchObject([
      502,
      {
        code: 'PAYMENT_PROVIDER',
        detail: 'The payment could not be started. Your tickets stay held; try again later, or contact the organizer.',
      },
    ]);
    expect(await refused()).toBe(attempt);
  }
  const answers = lines.filter(({ status, requestId }) => status === 502 && requestId !== undefined);
  expect(answers).toMatchObject(Array(3).fill({ level: 'error', route: '/orders/{id}/payment' }));
  const told = lines.filter(({ msg }) => msg.includes('STRIPE_SECRET_KEY'));
  expect(told).toMatchObject([{ level: 'error', reason, call: 'POST /v1/payment_intents', times: 1 }]);
  expect(JSON.stringify(lines)).not.toContain('p7dc');
});
