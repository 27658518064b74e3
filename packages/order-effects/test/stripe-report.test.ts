import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { readReport } from '../src/stripe-events/report.ts';

const INTENT = ['payment_intent.succeeded', 'payment_intent.payment_failed', 'payment_intent.canceled'];
const REFUND = ['refund.created', 'refund.updated', 'refund.failed', 'charge.refund.updated'];
const DISPUTE = ['created', 'updated', 'closed', 'funds_withdrawn', 'funds_reinstated'].map(
  (last) => `charge.dispute.${last}`,
);
const TYPES = [...INTENT, ...REFUND, 'charge.refunded', ...DISPUTE];

/** Every status of an intent, a refund and a dispute, words that Stripe may add, and none. */
const STATUSES = [
  ...['requires_payment_method', 'requires_source', 'requires_confirmation', 'requires_action'],
  ...['requires_source_action', 'requires_capture', 'processing', 'succeeded', 'canceled', 'pending', 'failed'],
  ...['warning_needs_response', 'warning_under_review', 'warning_closed', 'needs_response', 'under_review'],
  ...['won', 'lost', 'prevented', 'partially_succeeded', 'Succeeded', 'succeeded ', ''],
  ...[null, undefined],
];

const ORDER = uuidv7();
const REQUEST = uuidv4();

const objectId = (type: string) =>
  type.startsWith('payment_intent.')
    ? 'pi_1'
    : REFUND.includes(type)
      ? 're_1'
      : DISPUTE.includes(type)
        ? 'du_1'
        : 'ch_1';

function event(type: string, object: object = {}) {
  const inner = { id: objectId(type), payment_intent: 'pi_1', amount: 4600, currency: 'eur', ...object };
  return { id: 'evt_1', type, created: 1_800_000_000, data: { object: inner } };
}

/** What the event's object may say of itself. The table that the code is held against. */
function fits(type: string, status: string | null | undefined): boolean {
  if (status === null || status === undefined) return true;
  switch (type) {
    case 'payment_intent.succeeded':
      return status === 'succeeded';
    case 'payment_intent.canceled':
      return status === 'canceled';
    case 'payment_intent.payment_failed':
      return (status.startsWith('requires_') && status !== 'requires_capture') || status === 'canceled';
    case 'refund.failed':
      return !['succeeded', 'pending', 'requires_action'].includes(status);
    default:
      return true;
  }
}

function detail(type: string, status: string | null | undefined): string | undefined {
  if (type === 'payment_intent.canceled') return 'canceled';
  if (INTENT.includes(type)) return undefined;
  if (type === 'charge.refunded') return 'charge.refunded';
  if (type === 'refund.failed') return status ?? 'failed';
  if (DISPUTE.includes(type)) return status ?? type.split('.').at(-1);
  return status ?? undefined;
}

const OUTCOMES: Record<string, string> = {
  'payment_intent.succeeded': 'payment.succeeded',
  'payment_intent.payment_failed': 'payment.failed',
  'payment_intent.canceled': 'payment.failed',
  'charge.refunded': 'payment.refunded',
  ...Object.fromEntries(REFUND.map((type) => [type, 'payment.refunded'])),
  ...Object.fromEntries(DISPUTE.map((type) => [type, 'payment.disputed'])),
};

const cells = TYPES.flatMap((type) => STATUSES.map((status) => ({ type, status })));

describe.each(cells)('$type of an object that is $status', ({ type, status }) => {
  const metadata = { order_id: ORDER, refund_id: REQUEST };
  const expected = {
    eventId: 'evt_1',
    type: OUTCOMES[type],
    orderId: ORDER,
    paymentIntentId: 'pi_1',
    amount: type === 'charge.refunded' ? 1000 : 4600,
    currency: 'EUR',
    occurredAt: '2027-01-15T08:00:00.000Z',
    detail: detail(type, status),
    refundId: REFUND.includes(type) ? 're_1' : undefined,
    refundRequestId: REFUND.includes(type) ? REQUEST : undefined,
    disputeId: DISPUTE.includes(type) ? 'du_1' : undefined,
  };
  const object = { status, amount_refunded: 1000 };

  test('names its order: it is what its own words say, or kept where they contradict', () => {
    const report = readReport(event(type, { ...object, metadata }));
    if (fits(type, status)) expect(report).toEqual({ kind: 'outcome', outcome: expected });
    else expect(report).toMatchObject({ kind: 'malformed', eventId: 'evt_1', type });
  });

  test('names no order, or another product’s: the intent decides', () => {
    for (const none of [undefined, null, {}, { order_id: '' }]) {
      const report = readReport(event(type, { ...object, metadata: none }));
      if (report.kind !== 'doubtful') throw new Error(`it is ${report.kind}`);
      expect(report.intentId).toBe('pi_1');
      const own = report.ofOrder(ORDER);
      if (fits(type, status)) {
        expect(own).toEqual({ kind: 'outcome', outcome: { ...expected, refundRequestId: undefined } });
      } else expect(own.kind).toBe('malformed');
    }
    for (const foreign of ['10234', uuidv4(), `${ORDER} `, `{${ORDER}}`, 10234, true, null, [ORDER], { id: ORDER }]) {
      const report = readReport(event(type, { ...object, metadata: { order_id: foreign } }));
      if (report.kind !== 'doubtful') throw new Error(`${JSON.stringify(foreign)} is ${report.kind}`);
      expect(report.ofOrder(ORDER).kind).toBe('malformed');
    }
  });
});

test('events without consequences are ignored, whatever is in them', () => {
  const types = ['payment_intent.processing', 'radar.early_fraud_warning.created', 'payment_intent.created'];
  for (const type of [...types, 'charge.succeeded', 'charge.failed', 'charge.dispute', 'refund', '__proto__']) {
    expect(readReport(event(type, { metadata: { order_id: ORDER } }))).toEqual({ kind: 'ignored' });
  }
});

test('an order id in upper case is the same order', () => {
  const report = readReport(event('payment_intent.succeeded', { metadata: { order_id: ORDER.toUpperCase() } }));
  expect(report).toMatchObject({ kind: 'outcome', outcome: { orderId: ORDER } });
});

test('the id that a refund has with us is left out if it is none', () => {
  for (const refundId of ['', '7', `${REQUEST}x`]) {
    const report = readReport(event('refund.updated', { metadata: { order_id: ORDER, refund_id: refundId } }));
    expect(report).toMatchObject({ kind: 'outcome', outcome: { refundId: 're_1' } });
    expect(report).not.toHaveProperty('outcome.refundRequestId', refundId);
  }
  const upper = event('refund.updated', { metadata: { order_id: ORDER, refund_id: REQUEST.toUpperCase() } });
  expect(readReport(upper)).toMatchObject({ outcome: { refundRequestId: REQUEST } });
});

test('a charge that does not say how much was refunded says nothing of a full refund', () => {
  const report = readReport(event('charge.refunded', { metadata: { order_id: ORDER } }));
  expect(report).toMatchObject({ outcome: { amount: 0, detail: 'charge.refunded' } });
});

test('a failure never passes for a cancellation, after which nobody could pay any more', () => {
  const failed = (code: string) =>
    readReport(event('payment_intent.payment_failed', { metadata: { order_id: ORDER }, last_payment_error: { code } }));
  expect(failed('card_declined')).toMatchObject({ outcome: { detail: 'card_declined' } });
  expect(failed('canceled')).toMatchObject({ kind: 'outcome', outcome: { detail: undefined } });
});

test('an expanded intent is as good as its id', () => {
  const object = { payment_intent: { id: 'pi_2', object: 'payment_intent' }, metadata: { order_id: ORDER } };
  expect(readReport(event('refund.updated', object))).toMatchObject({ outcome: { paymentIntentId: 'pi_2' } });
});

describe('what cannot be read is kept', () => {
  const unreadable = [{ amount: undefined }, { amount: 'a lot' }, { amount: 1.5 }, { currency: 7 }, { status: 7 }];

  test.each(TYPES)('%s of an order of ours, or of none', (type) => {
    for (const object of [...unreadable, { amount: 2 ** 50 }, { amount: -1 }, { currency: 'euro' }]) {
      if (type === 'charge.refunded' && 'amount' in object && typeof object.amount === 'number') continue;
      const report = readReport(event(type, { ...object, metadata: { order_id: ORDER } }));
      expect([object, report.kind]).toEqual([object, 'malformed']);
    }
    for (const object of unreadable) expect(readReport(event(type, object)).kind).toBe('malformed');
  });

  test.each(TYPES)('%s of another product is not, unless its intent cannot be looked up', (type) => {
    for (const object of unreadable) {
      const read = (more: object) => readReport(event(type, { ...object, ...more, metadata: { order_id: '10234' } }));
      expect(read({}).kind).toBe('doubtful');
      expect(read({ id: 'pi_\0', payment_intent: 'pi_\0' }).kind).toBe('malformed');
    }
  });

  test.each([...REFUND, 'charge.refunded', ...DISPUTE])('%s without an intent, if it names an order', (type) => {
    const without = (metadata: object) => readReport(event(type, { payment_intent: null, metadata })).kind;
    expect([without({ order_id: ORDER }), without({}), without({ order_id: '10234' })]).toEqual([
      'malformed',
      'ignored',
      'ignored',
    ]);
  });
});
