import { expect, test } from 'vitest';
import { outcomeMessage, parseMessage } from '../src/message.ts';
import { outcome } from './setup.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function parse(value: string | Buffer | null, headers: Record<string, Buffer | Buffer[]> = {}) {
  return parseMessage({ value: typeof value === 'string' ? Buffer.from(value) : value, headers }, 'payment.succeeded');
}

test('an outcome is keyed by its order and carries the attributes of CloudEvents', () => {
  const { key, value, headers } = outcomeMessage(outcome(1), { source: 'orders-service', traceparent });
  expect(key).toBe(outcome(1).orderId);
  expect(JSON.parse(String(value))).toEqual(outcome(1));
  expect(headers).toEqual({
    ce_specversion: '1.0',
    ce_id: 'evt_1',
    ce_type: 'payment.succeeded',
    ce_source: 'orders-service',
    ce_time: '2026-11-22T10:00:00.000Z',
    'content-type': 'application/json',
    traceparent,
  });
});

test('what was written is read again, with its trace', () => {
  const detailed = outcome(1, { detail: 'card_declined' });
  const value = String(outcomeMessage(detailed, { source: 'x' }).value);
  expect(parse(value, { traceparent: Buffer.from(traceparent) })).toEqual({
    kind: 'ok',
    outcome: detailed,
    traceparent,
  });
});

test('other makes of client may leave out headers and add fields', () => {
  const value = JSON.stringify({ ...outcome(1), added: true });
  expect(parse(value)).toEqual({ kind: 'ok', outcome: outcome(1) });
  expect(parse(value, { traceparent: [Buffer.from('x'), Buffer.from('nonsense')] })).toMatchObject({ kind: 'ok' });
});

test('which refund or dispute a report is about is read again; the release before does not say', () => {
  const refund = outcome(1, {
    ...{ type: 'payment.refunded', detail: 'succeeded', refundId: 're_1' },
    refundRequestId: 'c0a80a2e-7d5b-4f4e-9c43-0b1f7c6a2d10',
  });
  const dispute = outcome(2, { type: 'payment.disputed', detail: 'won', disputeId: 'du_1' });
  for (const whole of [refund, dispute]) {
    const before = outcome(1, { type: whole.type, detail: 'succeeded' });
    for (const content of [whole, before]) {
      const value = Buffer.from(String(outcomeMessage(content, { source: 'x' }).value));
      expect(parseMessage({ value, headers: {} }, whole.type)).toEqual({ kind: 'ok', outcome: content });
    }
  }
});

test('an id of the refund with us that is none does not cost the report', () => {
  for (const refundRequestId of ['', 'r-7', 7, null, {}]) {
    const parsed = parse(JSON.stringify({ ...outcome(1), refundRequestId }));
    expect(parsed).toEqual({ kind: 'ok', outcome: outcome(1) });
  }
});

test.each([
  ['', 'malformed-json'],
  ['{"eventId":', 'malformed-json'],
  [Buffer.from([0xff, 0xfe, 0x00]), 'malformed-json'],
  [Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3]), Buffer.from('"}')]), 'malformed-json'],
  ['null', 'wrong-schema'],
  ['[]', 'wrong-schema'],
  ['"text"', 'wrong-schema'],
  [JSON.stringify({ ...outcome(1), amount: 45.5 }), 'wrong-schema'],
  [JSON.stringify({ ...outcome(1), orderId: 'none' }), 'wrong-schema'],
  [JSON.stringify({ ...outcome(1), occurredAt: 'yesterday' }), 'wrong-schema'],
  [JSON.stringify({ ...outcome(1), refundId: 're 1' }), 'wrong-schema'],
  [JSON.stringify({ ...outcome(1), disputeId: '' }), 'wrong-schema'],
  [JSON.stringify(outcome(1, { type: 'payment.refunded' })), 'wrong-schema'],
])('%j is told apart and named', (value, kind) => {
  const parsed = parse(value);
  expect(parsed).toMatchObject({ kind, reason: expect.stringMatching(/./) as string });
});

test('a message without a value is a tombstone', () => {
  expect(parse(null)).toEqual({ kind: 'tombstone' });
});

test('the reason names each wrong field, and stays short', () => {
  const parsed = parse(JSON.stringify({ ...outcome(1), amount: -1, currency: 'euro', [`x${'y'.repeat(9_999)}`]: 1 }));
  expect(parsed).toMatchObject({
    reason: expect.stringMatching(
      /^amount must be an integer between 0 and \d+, not -1; currency must be an upper-case /,
    ) as string,
  });
  expect(JSON.stringify(parsed).length).toBeLessThan(600);
});
