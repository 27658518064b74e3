import { expect, test } from 'vitest';
import { headerText } from '../src/received-message.ts';
import { createWorld, eventIds, outcome, range } from './setup.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('what is acknowledged can be read, with its key and all its headers', async () => {
  const { producer, content } = await createWorld();
  await producer().send(outcome(1), { traceparent });
  const [message, ...others] = await content();
  expect(others).toEqual([]);
  expect(String(message?.key)).toBe(outcome(1).orderId);
  expect(JSON.parse(String(message?.value))).toEqual(outcome(1));
  const texts = Object.keys(message?.headers ?? {}).map((name) => [name, headerText(message?.headers ?? {}, name)]);
  expect(Object.fromEntries(texts)).toEqual({
    ce_specversion: '1.0',
    ce_id: 'evt_1',
    ce_type: 'payment.succeeded',
    ce_source: 'kafka-test',
    ce_time: outcome(1).occurredAt,
    'content-type': 'application/json',
    traceparent,
  });
});

test('a thousand sends at once share a few requests, and each order keeps its sequence', async () => {
  const { producer, content } = await createWorld();
  const sender = producer();
  const outcomes = range(1_000).map((number) => outcome(number, { orderId: outcome(number % 10).orderId }));
  await Promise.all(outcomes.map((one) => sender.send(one)));
  expect(sender.health()).toMatchObject({ state: 'connected', messages: 1_000, failures: 0, waiting: 0 });
  expect(sender.health().requests).toBeLessThan(20);
  const messages = await content();
  expect(messages).toHaveLength(1_000);
  const byOrder = Map.groupBy(messages, ({ key }) => String(key));
  expect(byOrder.size).toBe(10);
  for (const [orderId, ofOrder] of byOrder) {
    const sent = outcomes.filter((one) => one.orderId === orderId).map(({ eventId }) => eventId);
    expect(eventIds(ofOrder)).toEqual(sent);
  }
});

test('each type goes to its own topic', async () => {
  const { producer, content, prefix } = await createWorld();
  const sender = producer();
  const types = ['payment.succeeded', 'payment.failed', 'payment.refunded', 'payment.disputed'] as const;
  await Promise.all(types.map((type, number) => sender.send(outcome(number, { type }))));
  for (const [number, type] of types.entries()) {
    expect(eventIds(await content(`${prefix}${type}`))).toEqual([`evt_${number}`]);
  }
});

test('a message that is too large is refused by name, and fails no other', async () => {
  const { producer, content, topic } = await createWorld();
  const sender = producer();
  const tooLarge = { key: 'x', value: Buffer.alloc(1_200_000) };
  const results = await Promise.allSettled([
    ...range(20).map((number) => sender.send(outcome(number))),
    sender.sendMessages(topic, [tooLarge]),
    ...range(20).map((number) => sender.send(outcome(20 + number))),
  ]);
  expect(results.filter(({ status }) => status === 'rejected')).toMatchObject([{ reason: { code: 'refused' } }]);
  expect(new Set(eventIds(await content())).size).toBe(40);
});

test('raw messages arrive byte for byte, tombstones and messages without a key too', async () => {
  const { producer, content, prefix } = await createWorld();
  const topic = `${prefix}payment.succeeded.dlq`;
  const bytes = Buffer.from([0, 255, 128]);
  await producer().sendMessages(topic, [
    { key: bytes, value: bytes, headers: { one: bytes, two: [Buffer.from('a'), bytes] } },
    { key: null, value: null },
    { key: null, value: 'text', headers: { 'dlq-topic': 'x' } },
  ]);
  expect(await content(topic)).toMatchObject([
    { key: bytes, value: bytes, headers: { one: bytes, two: [Buffer.from('a'), bytes] } },
    { key: null, value: null, headers: {} },
    { key: null, value: Buffer.from('text'), headers: { 'dlq-topic': Buffer.from('x') } },
  ]);
});

test('a topic that does not exist times out, and holds up no other', async () => {
  const { producer, content } = await createWorld();
  const sender = producer({ timeoutMs: 1_500 });
  const toNowhere = sender.sendMessages('test-nowhere', [{ key: 'a', value: 'b' }]);
  const failed = expect(toNowhere).rejects.toMatchObject({ code: 'timeout' });
  await sender.send(outcome(1));
  expect(eventIds(await content())).toEqual(['evt_1']);
  await failed;
});

test('sends beyond the bound are refused at once, and closing waits for the others', async () => {
  const { producer, content } = await createWorld();
  const sender = producer({ maxWaiting: 50 });
  const results = Promise.allSettled(range(60).map((number) => sender.send(outcome(number))));
  await sender.close();
  const refused = (await results).filter((result) => result.status === 'rejected');
  expect(refused).toHaveLength(10);
  expect(refused[0]).toMatchObject({ reason: { code: 'queue-full' } });
  expect(await content()).toHaveLength(50);
  await expect(sender.send(outcome(61))).rejects.toMatchObject({ code: 'closed' });
});
