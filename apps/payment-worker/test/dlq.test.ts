import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { headerText } from '@ticketing/kafka/received-message';
import { keepRejected } from '@ticketing/order-core/payments';
import { settle } from '@ticketing/order-core/settle';
import { present } from '@ticketing/service-kit/present';
import { waitUntil } from '@ticketing/testing/wait-until';
import { dlq } from './commands.ts';
import { openWorld, paid, type World } from './worker.ts';

interface Listed {
  id: string;
  source: string;
  code: string;
  orderId: string | null;
  eventId: string | null;
  amountMinor: number | null;
  replayCount: number;
  handled: string | null;
  time: string;
  result?: { kind: string; reason?: string };
}

interface Shown extends Listed {
  key: string | null;
  headers: Record<string, string>;
  value: unknown;
}

async function listed(world: World, args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Listed[]> {
  return JSON.parse((await dlq(world, ['list', '--json', ...args], env)).out) as Listed[];
}

const IN_BOTH = new Set(['UNKNOWN_ORDER', 'AMOUNT_MISMATCH']);

function untilListed(world: World, count: number, args: string[] = []): Promise<Listed[]> {
  return waitUntil(`${count} dead letters`, async () => {
    const letters = await listed(world, args);
    // A report's row is there a moment before its dead letter, which then takes the row's place in the list.
    const isSettled = letters.every(({ source, code }) => source === 'kafka' || !IN_BOTH.has(code));
    return letters.length === count && isSettled ? letters : undefined;
  });
}

const untilPaid = (world: World, count: number) =>
  waitUntil(`${count} orders to be paid`, async () => (await world.statuses()).paid === count);

/** Puts a message into a topic as any client could. */
async function produce(world: World, value: Buffer | string | null, headers: Record<string, string> = {}) {
  await world.producer.sendMessages(`${world.prefix}payment.succeeded`, [{ key: 'some-key', value, headers }]);
}

/** An order that could not be found when it was paid, and can be now. */
async function lateOrder(world: World): Promise<{ orderId: string; appear: () => Promise<void> }> {
  const [orderId = ''] = await world.holds(await world.event(), 1);
  const hidden = randomUUID();
  await rename(world, orderId, hidden);
  return { orderId, appear: () => rename(world, hidden, orderId) };
}

async function rename({ admin }: World, from: string, to: string): Promise<void> {
  await admin.query('alter table orders.order_lines drop constraint if exists order_lines_order_id_fkey');
  await admin.query('update orders.orders set id = $2 where id = $1', [from, to]);
  await admin.query('update orders.order_lines set order_id = $2 where order_id = $1', [from, to]);
}

describe('dead letters in topics', () => {
  test('are listed with code, order, amount and time, and shown with headers and value', async () => {
    const world = await openWorld();
    await world.startWorker();
    const report = paid(randomUUID(), { amount: 1234 });
    await world.producer.send(report);
    await untilListed(world, 1);
    await produce(world, 'not json: pi_1_secret_abc', { authorization: 'Bearer abc', mine: 'kept' });
    const letters = await untilListed(world, 2);
    expect(letters[0]).toMatchObject({
      id: `${world.prefix}payment.succeeded.dlq/0/0`,
      source: 'kafka',
      topic: `${world.prefix}payment.succeeded`,
      code: 'UNKNOWN_ORDER',
      reason: `There is no order ${report.orderId}.`,
      eventId: report.eventId,
      orderId: report.orderId,
      amountMinor: 1234,
      currency: 'EUR',
      attempts: 1,
      replayCount: 0,
      handled: null,
    });
    expect(letters[1]).toMatchObject({ code: 'MALFORMED_JSON', orderId: 'some-key', amountMinor: null });

    const { out: text, status } = await dlq(world, ['list']);
    expect(status).toBe(0);
    expect(text.split('\n')).toHaveLength(3);
    expect(text).toMatch(/^ID +TIME +SOURCE +CODE +ORDER +AMOUNT +REPLAYS +REASON/);
    expect(text).toContain('  EUR 12.34  ');

    const { out: shown } = await dlq(world, ['show', report.eventId, present(letters[1]).id, '--json']);
    const [readable, garbage] = JSON.parse(shown) as Shown[];
    expect(readable).toMatchObject({ key: report.orderId, value: { json: report } });
    expect(readable?.headers).toMatchObject({ ce_id: report.eventId, 'dlq-error-code': 'UNKNOWN_ORDER' });
    expect(garbage).toMatchObject({ value: { text: 'not json: [secret]' }, headers: { mine: 'kept' } });
    expect(garbage?.headers.authorization).toBe('[secret]');
    expect((await dlq(world, ['show', report.eventId])).out).toContain(`"eventId": "${report.eventId}"`);
  });

  test('are narrowed down by topic, code, order and time', async () => {
    const world = await openWorld();
    await world.startWorker();
    const failure = paid(randomUUID(), { type: 'payment.failed' });
    const success = paid(randomUUID());
    await world.producer.send(failure);
    await world.producer.send(success);
    await produce(world, null);
    const letters = await untilListed(world, 3);
    const codes = async (...args: string[]) => (await listed(world, args)).map(({ code }) => code);
    expect(await codes('--topic', 'payment.succeeded')).toHaveLength(2);
    expect(await codes('--topic', 'payment.failed.dlq')).toEqual(['UNKNOWN_ORDER']);
    expect(await codes('--code', 'tombstone')).toEqual(['TOMBSTONE']);
    expect(await codes('--order', success.orderId.toUpperCase())).toEqual(['UNKNOWN_ORDER']);
    expect(await codes('--since', '1h')).toHaveLength(3);
    expect(await codes('--until', '1h')).toHaveLength(0);
    const latest = present(letters.at(-1)).time;
    expect(await codes('--since', latest)).toContain(present(letters.at(-1)).code);
    expect(await codes('--topic', 'payment.succeeded', '--code', 'TOMBSTONE', '--since', '1h')).toEqual(['TOMBSTONE']);
  });

  test('are replayed into their topic, settled there, and then listed only as handled', async () => {
    const world = await openWorld();
    await world.startWorker();
    const { orderId, appear } = await lateOrder(world);
    await world.producer.send(paid(orderId));
    await untilListed(world, 1);
    await produce(world, 'garbage');
    await untilListed(world, 2);
    await appear();

    const dry = await dlq(world, ['replay', '--order', orderId, '--dry-run']);
    expect([dry.status, (await listed(world)).length]).toEqual([0, 2]);
    const { status, out } = await dlq(world, ['replay', '--order', orderId, '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      orderId,
      result: { kind: 'replayed', to: `${world.prefix}payment.succeeded` },
    });
    await untilPaid(world, 1);
    expect((await listed(world)).map(({ code }) => code)).toEqual(['MALFORMED_JSON']);
    const handled = (await listed(world, ['--handled'])).map((letter) => letter.handled);
    expect(handled).toEqual(['replayed', null]);
    const again = await dlq(world, ['replay', '--order', orderId]);
    expect([again.status, again.err]).toEqual([2, 'No dead letter matches.']);
    expect(await world.faults()).toEqual([]);
  });

  test('are safe to replay twice: the second time changes nothing', async () => {
    const world = await openWorld();
    await world.startWorker();
    const { orderId, appear } = await lateOrder(world);
    const report = paid(orderId);
    await world.producer.send(report);
    await untilListed(world, 1);
    await appear();
    const both = await Promise.all([dlq(world, ['replay', '--all']), dlq(world, ['replay', '--all'])]);
    expect(both.map(({ status }) => status)).toEqual(expect.arrayContaining([0]));
    await untilPaid(world, 1);
    await waitUntil('both to be read', async () => {
      const lags = await world.kafka.lag(`${world.prefix}payment-worker`, [`${world.prefix}payment.succeeded`]);
      return lags.every(({ lag }) => lag === 0n);
    });
    expect(await world.deadLetters().then((letters) => letters.filter(({ value }) => value !== null))).toHaveLength(1);
    expect(await world.faults()).toEqual([]);
  });

  test('that die again say how often they were replayed, and keep their value and their own headers', async () => {
    const world = await openWorld();
    await world.startWorker();
    await produce(world, 'still garbage', { mine: 'kept', 'replay-count': 'nonsense' });
    for (const replays of [0, 1, 2]) {
      const [letter] = await waitUntil('the next death', async () => {
        const letters = await listed(world);
        return letters[0]?.replayCount === replays ? letters : undefined;
      });
      if (replays < 2) expect((await dlq(world, ['replay', present(letter).id])).status).toBe(0);
    }
    const dead = (await world.deadLetters()).filter(({ value }) => value !== null);
    expect(dead).toHaveLength(3);
    const last = present(dead.at(-1));
    expect([last.key?.toString(), last.value?.toString()]).toEqual(['some-key', 'still garbage']);
    expect(headerText(last.headers, 'mine')).toBe('kept');
    expect(headerText(last.headers, 'replay-count')).toBe('2');
    expect(headerText(last.headers, 'replayed-from')).toMatch(/payment\.succeeded\.dlq\/0\/\d+$/);
    expect(headerText(last.headers, 'dlq-attempts')).toBe('1');
  });

  test('are discarded once, with the row that settling left, and nothing else happens to them', async () => {
    const world = await openWorld();
    await world.startWorker();
    const report = paid(randomUUID());
    await world.producer.send(report);
    // Each in its turn: they may come from two partitions, and their offsets are asked for below.
    await untilListed(world, 1);
    await produce(world, 'garbage');
    await untilListed(world, 2);
    const { status, out } = await dlq(world, ['discard', '--code', 'UNKNOWN_ORDER']);
    expect([status, out]).toEqual([0, `${world.prefix}payment.succeeded.dlq/0/0 was discarded\n1 done, 0 failed`]);
    expect((await listed(world)).map(({ code }) => code)).toEqual(['MALFORMED_JSON']);
    // Neither without Kafka, where the row alone is looked at.
    expect(await listed(world, [], { KAFKA_BROKERS: '' })).toEqual([]);
    expect(await listed(world, ['--handled'])).toMatchObject([{ handled: 'discarded' }, { handled: null }]);
    const again = await dlq(world, ['discard', report.eventId]);
    expect([again.status, again.err]).toEqual([2, `${report.eventId} was discarded already.\nNo dead letter matches.`]);
  });

  test('that were discarded by mistake are open again once their row is, as docs/payments.md says', async () => {
    const world = await openWorld();
    await world.startWorker();
    const { orderId, appear } = await lateOrder(world);
    const report = paid(orderId);
    await world.producer.send(report);
    await untilListed(world, 1);
    expect((await dlq(world, ['discard', '--all'])).status).toBe(0);
    expect(await listed(world)).toEqual([]);
    await world.admin.query(
      `update orders.payment_events set result = 'rejected' where event_id = $1 and result = 'discarded'`,
      [report.eventId],
    );
    expect(await listed(world)).toMatchObject([{ id: report.eventId, source: 'database' }]);
    await appear();
    expect((await dlq(world, ['replay', report.eventId])).status).toBe(0);
    expect(await world.statuses()).toEqual({ paid: 1 });
    expect(await listed(world)).toEqual([]);
  });

  test('of a report that came twice are one each, and discarding one leaves the other replayable', async () => {
    const world = await openWorld();
    await world.startWorker();
    const { orderId, appear } = await lateOrder(world);
    const report = paid(orderId);
    await world.producer.send(report);
    await untilListed(world, 1);
    await world.producer.send(report);
    const [first] = await untilListed(world, 2);
    expect((await dlq(world, ['discard', present(first).id])).status).toBe(0);
    await appear();
    expect((await dlq(world, ['replay', '--all'])).status).toBe(0);
    await untilPaid(world, 1);
    expect(await listed(world)).toEqual([]);
  });

  test('cannot be hidden by a message that looks like a marker, and none can act on the terminal', async () => {
    const world = await openWorld();
    await world.startWorker();
    await world.producer.send(paid(randomUUID()));
    await untilListed(world, 1);
    const marker = { 'dlq-handled-as': 'discarded', 'dlq-handled-partition': '0', 'dlq-handled-offset': '0' };
    await produce(world, '{"orderId":"\\u001b[2J\\u202e"}', marker);
    const letters = await untilListed(world, 2);
    expect(letters.map(({ handled }) => handled)).toEqual([null, null]);
    const { out } = await dlq(world, ['list']);
    expect(out).toContain('\\u001b[2J\\u202e');
    for (const { id } of letters) {
      const shown = await dlq(world, ['show', id]);
      for (const command of ['\u001b', '\u202e']) expect(shown.out).not.toContain(command);
    }
  });

  test('may be many and large: all of them come back', async () => {
    const world = await openWorld();
    const large = 'x'.repeat(40_000);
    await Promise.all(Array.from({ length: 150 }, (_, index) => produce(world, `${index} ${large}`)));
    await world.startWorker();
    await untilListed(world, 150);
    const { status, out } = await dlq(world, ['replay', '--code', 'MALFORMED_JSON']);
    expect(status).toBe(0);
    expect(out).toMatch(/150 done, 0 failed$/);
    const second = await untilListed(world, 150);
    expect(new Set(second.map(({ replayCount }) => replayCount))).toEqual(new Set([1]));
  });

  test('are not called replayed while their topic refuses them', async () => {
    const world = await openWorld();
    await world.startWorker();
    await produce(world, 'x'.repeat(1_048_576 - 110));
    const [letter] = await untilListed(world, 1);
    const { status, err, out } = await dlq(world, ['replay', present(letter).id]);
    expect(status).toBe(1);
    expect(err).toMatch(/is still open: .*refuses the message/);
    expect(out).toContain('0 done, 1 failed');
    expect(await listed(world)).toHaveLength(1);
  });
});

describe('rejected reports in the database', () => {
  const databaseOnly = { KAFKA_BROKERS: '' };

  test('are listed, settled again by a replay, and then gone', async () => {
    const world = await openWorld();
    const { orderId, appear } = await lateOrder(world);
    const report = paid(orderId);
    await settle(world.db.pool, [report]);
    expect(await listed(world, [], databaseOnly)).toMatchObject([
      { id: report.eventId, source: 'database', code: 'UNKNOWN_ORDER', orderId, amountMinor: 2500, currency: 'EUR' },
    ]);
    // Where there is Kafka too, they are not forgotten.
    expect(await listed(world)).toHaveLength(1);
    const early = await dlq(world, ['replay', report.eventId], databaseOnly);
    expect([early.status, early.err]).toEqual([
      1,
      `${report.eventId} is still open: It was rejected again. There is no order ${orderId}.`,
    ]);
    await appear();
    const { status, out } = await dlq(world, ['replay', '--all', '--json'], databaseOnly);
    expect([status, JSON.parse(out)]).toMatchObject([0, { result: { kind: 'settled', as: 'paid' } }]);
    expect(await world.statuses()).toEqual({ paid: 1 });
    expect(await listed(world, [], databaseOnly)).toEqual([]);
    expect(await world.faults()).toEqual([]);
  });

  test('are discarded for good: the same report again is a duplicate', async () => {
    const world = await openWorld();
    const report = paid(randomUUID());
    await settle(world.db.pool, [report]);
    expect((await dlq(world, ['discard', report.eventId], databaseOnly)).status).toBe(0);
    expect(await listed(world, [], databaseOnly)).toEqual([]);
    expect(await listed(world, ['--handled'], databaseOnly)).toMatchObject([{ handled: 'discarded' }]);
    expect(await settle(world.db.pool, [report])).toMatchObject([{ kind: 'duplicate' }]);
    expect((await dlq(world, ['show', report.eventId], databaseOnly)).out).toContain(report.orderId);
  });

  test('that could not be read are shown without secrets, and can only be discarded', async () => {
    const world = await openWorld();
    const content = { id: 'evt_1', data: { object: { amount: 'much', client_secret: 'pi_1_secret_x' } } };
    await keepRejected(world.db.pool, {
      ...{ eventId: 'evt_1', type: 'payment_intent.succeeded', content },
      reason: 'amount must be an integer,\n  not a string.',
    });
    const list = await dlq(world, ['list'], databaseOnly);
    expect(list.out).toContain('payment_intent.succeeded: amount must be an integer, not a string.');
    const { out } = await dlq(world, ['show', 'evt_1'], databaseOnly);
    expect(out).toContain('"client_secret": "[secret]"');
    expect(out).not.toContain('pi_1_secret_x');
    expect((await dlq(world, ['replay', 'evt_1'], databaseOnly)).err).toContain('could not be read');
    expect((await dlq(world, ['discard', 'evt_1'], databaseOnly)).status).toBe(0);
  });

  test('are all listed, however many there are', async () => {
    const world = await openWorld();
    const reports = Array.from({ length: 1_100 }, () => paid(randomUUID()));
    await settle(world.db.pool, reports);
    const ids = (await listed(world, [], databaseOnly)).map(({ id }) => id);
    expect(ids).toHaveLength(1_100);
    expect(new Set(ids)).toEqual(new Set(reports.map(({ eventId }) => eventId)));
  });
});

describe('the exit status', () => {
  test('is 2 when nothing matches, 64 for wrong usage, 78 without an address, and 1 when the broker is away', async () => {
    const world = await openWorld();
    const nowhere = { KAFKA_BROKERS: '127.0.0.1:1', DATABASE_URL: '' };
    expect((await dlq(world, ['list'])).status).toBe(2);
    expect((await dlq(world, ['show', 'evt_none'])).status).toBe(2);
    expect((await dlq(world, ['list', '--json'])).out).toBe('[]');
    for (const wrong of [
      ...[[], ['dance'], ['list', '--since', 'yesterday'], ['list', '--topic', 'orders'], ['list', '--nonsense']],
      ...[['replay'], ['discard'], ['show'], ['replay', '--all', '--code', 'TOMBSTONE'], ['list', '--dry-run']],
    ]) {
      expect([wrong, (await dlq(world, wrong)).status]).toEqual([wrong, 64]);
    }
    expect((await dlq(world, ['list'], { KAFKA_BROKERS: '', DATABASE_URL: '' })).status).toBe(78);
    expect((await dlq(world, ['--help'], nowhere)).status).toBe(0);
    expect((await dlq(world, ['list'], nowhere)).status).toBe(1);
  });
});
