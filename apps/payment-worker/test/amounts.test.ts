import { settle } from '@ticketing/order-core/settle';
import { displayDecimals, supportedCurrencies } from '@ticketing/types/currency';
import { waitUntil } from '@ticketing/testing/wait-until';
import { expect, test } from 'vitest';
import { amountText } from '../src/amount-text.ts';
import { dlq, reconcile } from './commands.ts';
import { openWorld, paid, type World } from './worker.ts';

test.each(supportedCurrencies)('an amount in %s has the decimals that Stripe gives it', (currency) => {
  const expected = { 0: '123456', 2: '1234.56', 3: '123.456' }[displayDecimals(currency)];
  expect(amountText(123_456, currency)).toBe(`${currency} ${expected}`);
  expect(amountText(123_456, currency.toLowerCase())).toBe(`${currency} ${expected}`);
});

test.each([
  [null, 'EUR', '-'],
  [null, null, '-'],
  [0, 'EUR', 'EUR 0.00'],
  [5, 'EUR', 'EUR 0.05'],
  [500, null, '500 minor units'],
  [12.5, 'EUR', '12.5 minor units of EUR'],
  [1e300, 'EUR', '1e+300 minor units of EUR'],
  [500, 'euros', '500 minor units of euros'],
])('the amount %j of %j in a dead letter is %s', (amountMinor, currency, text) => {
  expect(amountText(amountMinor, currency)).toBe(text);
});

/** A payment of another amount, or in another currency, than the order's EUR 25.00, and how that is told. */
const MISMATCHES = [
  [{ amount: 500 }, 'EUR 5.00'],
  [{ currency: 'USD' }, 'USD 25.00'],
  [{ amount: 2500, currency: 'JPY' }, 'JPY 2500'],
  [{ amount: 2500, currency: 'KWD' }, 'KWD 2.500'],
] as const;

test.each(MISMATCHES)('a payment of %j says what was expected and what came, in the topic', async (over, came) => {
  const world = await openWorld();
  await world.startWorker();
  const [orderId = ''] = await world.holds(await world.event(), 1);
  await world.producer.send(paid(orderId, over));
  await waitUntil('the dead letter', async () => (await world.deadLetters()).length === 1);
  const reason = `Expected EUR 25.00 for order ${orderId}, but Stripe reported ${came}.`;
  const [letter] = await world.deadLetters();
  expect(letter?.headers['dlq-error-message']?.toString()).toBe(reason);
  await expectTold(world, { came, reason, env: { DATABASE_URL: undefined } });
});

test.each(MISMATCHES)('a payment of %j says so in the database too', async (over, came) => {
  const world = await openWorld();
  const [orderId = ''] = await world.holds(await world.event(), 1);
  const report = paid(orderId, over);
  await settle(world.db.pool, [report]);
  const reason = `Expected EUR 25.00 for order ${orderId}, but Stripe reported ${came}.`;
  await expectTold(world, { came, reason, env: { KAFKA_BROKERS: '' } });
  const again = await dlq(world, ['replay', report.eventId], { KAFKA_BROKERS: '' });
  expect(again.err).toBe(`${report.eventId} is still open: It was rejected again. ${reason}`);
});

async function expectTold(
  world: World,
  { came, reason, env }: { came: string; reason: string; env: NodeJS.ProcessEnv },
): Promise<void> {
  const [letter] = JSON.parse((await dlq(world, ['list', '--json'], env)).out) as { id: string; amountMinor: number }[];
  expect(letter).toMatchObject({ code: 'AMOUNT_MISMATCH', reason, amountMinor: expect.any(Number) as number });
  const { out: list } = await dlq(world, ['list'], env);
  expect(list).toContain(`  ${came}  `);
  expect(list).toContain(reason);
  const { out: shown } = await dlq(world, ['show', letter?.id ?? ''], env);
  expect(shown).toMatch(new RegExp(`^  amount +${came}$`, 'm'));
  expect(shown).toContain(reason);
}

test('reconcile says it of what it finds', async () => {
  const world = await openWorld();
  const [orderId = ''] = await world.holds(await world.event(), 1);
  const body = new URLSearchParams({ amount: '500', currency: 'eur', 'metadata[order_id]': orderId });
  const headers = { authorization: 'Bearer sk_test_local', 'content-type': 'application/x-www-form-urlencoded' };
  const response = await fetch(`${world.stripe.url}/v1/payment_intents`, { method: 'POST', headers, body });
  world.stripe.pay(((await response.json()) as { id: string }).id);
  const { out } = await reconcile(world, []);
  expect(out).toContain(
    `${orderId}: rejected (Expected EUR 25.00 for order ${orderId}, but Stripe reported EUR 5.00.)`,
  );
});
