import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { decideSettlement } from '../src/settlement.ts';
import type { Ledger, OrderState, SettlingOrder } from '../src/settling.ts';

const NOW = new Date('2027-01-01T12:00:00Z');

interface Situation {
  status?: OrderState;
  paidIntentId?: string | null;
  capacity?: number;
  held?: number;
  sold?: number;
  eventStatus?: 'published' | 'cancelled';
  endsAt?: Date;
}

/** An order of two seats at 500, and the stock around it. */
function situation(given: Situation = {}): { order: SettlingOrder; ledger: Ledger } {
  const { status = 'pending', paidIntentId = null, capacity = 10, held = 2, sold = 0 } = given;
  const order: SettlingOrder = {
    id: 'order',
    eventId: 'event',
    status,
    total: 1000,
    currency: 'EUR',
    paidIntentId,
    refundReason: null,
    lines: [{ ticketTypeId: 'a', quantity: 2 }],
  };
  const sellable = {
    ticketTypeId: 'a',
    eventId: 'event',
    organizerId: 'organizer',
    eventStatus: given.eventStatus ?? 'published',
    eventEndsAt: given.endsAt ?? new Date('2027-02-01T00:00:00Z'),
    name: 'a',
    price: 500,
    currency: 'EUR',
    capacity,
    maxPerOrder: 10,
    maxPerBuyer: null,
    eventMaxPerBuyer: null,
    salesStart: null,
    salesEnd: null,
  };
  const ledger: Ledger = {
    now: NOW,
    sellable: new Map([['a', sellable]]),
    orders: new Map([['order', order]]),
    refunds: new Map(),
    refundsToRead: [],
    sentBack: new Set(),
    stock: new Map([['a', { held, sold }]]),
    moves: new Map(),
    tickets: [],
    voided: new Set(),
    payments: new Map(),
  };
  return { order, ledger };
}

let reports = 0;
function outcome(over: Partial<PaymentOutcome> = {}): PaymentOutcome {
  return {
    eventId: `evt_${++reports}`,
    type: 'payment.succeeded',
    orderId: 'order',
    paymentIntentId: 'pi',
    amount: 1000,
    currency: 'EUR',
    occurredAt: NOW.toISOString(),
    ...over,
  };
}

describe('a successful payment', () => {
  test.each<[string, Situation, Partial<PaymentOutcome>, object, object]>([
    ['of a held order sells it', {}, {}, { kind: 'paid' }, { status: 'paid' }],
    [
      'of an expired order takes the seats again',
      { status: 'expired', held: 0 },
      {},
      { kind: 'reacquired' },
      { status: 'paid' },
    ],
    [
      'of an expired order without seats goes back',
      { status: 'expired', capacity: 3, held: 1, sold: 1 },
      {},
      { kind: 'refund-due', reason: 'sold-out' },
      { status: 'refunding' },
    ],
    [
      'of a cancelled event goes back',
      { eventStatus: 'cancelled' },
      {},
      { kind: 'refund-due', reason: 'event-cancelled' },
      { status: 'refunding' },
    ],
    [
      'that comes after the event goes back',
      { status: 'cancelled', endsAt: NOW, held: 0 },
      {},
      { kind: 'refund-due', reason: 'event-over' },
      { status: 'refunding' },
    ],
    [
      'by a second intent goes back and leaves the order paid',
      { status: 'paid', paidIntentId: 'pi_first' },
      {},
      { kind: 'refund-due', reason: 'paid-twice' },
      { status: 'paid', paidIntentId: 'pi_first' },
    ],
    [
      'reported again changes nothing',
      { status: 'paid', paidIntentId: 'pi' },
      {},
      { kind: 'duplicate' },
      { status: 'paid' },
    ],
    [
      'of another amount is rejected',
      {},
      { amount: 999 },
      { kind: 'rejected', reason: 'amount-mismatch', reported: { amountMinor: 999, currency: 'EUR' } },
      { status: 'pending' },
    ],
    [
      'in another currency is rejected',
      {},
      { currency: 'USD' },
      { kind: 'rejected', reason: 'amount-mismatch', reported: { currency: 'USD' } },
      { status: 'pending' },
    ],
    [
      'of an unknown order is rejected',
      {},
      { orderId: 'x' },
      { kind: 'rejected', reason: 'unknown-order' },
      { status: 'pending' },
    ],
  ])('%s', (_case, given, reported, settled, order) => {
    const { ledger, order: after } = situation(given);
    expect(decideSettlement(outcome(reported), ledger)).toMatchObject(settled);
    expect(after).toMatchObject(order);
  });

  test('of two late orders for the last seats is a sale for the first and a refund for the second', () => {
    const { ledger, order } = situation({ status: 'expired', capacity: 3, held: 0 });
    ledger.orders.set('other', { ...order, id: 'other', lines: [{ ticketTypeId: 'a', quantity: 2 }] });
    expect(decideSettlement(outcome(), ledger).kind).toBe('reacquired');
    expect(decideSettlement(outcome({ orderId: 'other', paymentIntentId: 'pi2' }), ledger)).toMatchObject({
      kind: 'refund-due',
      reason: 'sold-out',
    });
  });
});

describe('a successful payment of a hold that waited for the bank', () => {
  const ended = new Date(NOW.getTime() - 60_000);

  test('buys tickets if the money came before the event ended, however late that is heard of', () => {
    const { ledger, order } = situation({ endsAt: ended });
    const occurredAt = new Date(ended.getTime() - 1_000).toISOString();
    expect(decideSettlement(outcome({ occurredAt }), ledger).kind).toBe('paid');
    expect(order.status).toBe('paid');
  });

  test('goes back if it came when the event had ended', () => {
    const { ledger, order } = situation({ endsAt: ended });
    expect(decideSettlement(outcome(), ledger)).toMatchObject({ kind: 'refund-due', reason: 'event-over' });
    expect(order).toMatchObject({ status: 'refunding', refundReason: 'event-over' });
    expect(ledger.moves.get('a')).toEqual({ held: -2, sold: 0 });
  });
});

test('a refund of another payment, and one that is reported before its payment, leave no payment to be asked about', () => {
  const { ledger } = situation();
  decideSettlement(outcome({ type: 'payment.refunded', detail: 'succeeded', refundId: 're_1' }), ledger);
  decideSettlement(outcome(), ledger);
  expect([...ledger.payments.values()]).toEqual([{ orderId: 'order', intentId: 'pi', status: 'succeeded' }]);
});

/** Reports of one order in any order, any number of times. */
const report = fc.record({
  type: fc.constantFrom('payment.succeeded', 'payment.failed', 'payment.refunded', 'payment.disputed'),
  paymentIntentId: fc.constantFrom('pi', 'pi2'),
  refundId: fc.constantFrom('re_1', 're_2', 're_3', undefined),
  amount: fc.constantFrom(1000, 1000, 400),
  detail: fc.constantFrom('succeeded', 'canceled', 'failed', 'pending', 'requires_action', 'mended', undefined),
});

test('in whatever order reports come: stock matches the order, and each payment is at most one sale or goes back', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<OrderState>('pending', 'expired', 'cancelled'),
      fc.integer({ min: 2, max: 4 }),
      fc.array(report, { maxLength: 12 }),
      (status, capacity, reported) => {
        const start = { held: status === 'pending' ? 2 : 0, sold: 0 };
        const { ledger, order } = situation({ status, capacity, ...start });
        const succeeded = new Set<string>();
        for (const each of reported) {
          const isSuccess = each.type === 'payment.succeeded';
          const { kind } = decideSettlement(outcome(isSuccess ? { ...each, refundId: undefined } : each), ledger);
          if (isSuccess && kind !== 'rejected') succeeded.add(each.paymentIntentId);
          const moved = ledger.moves.get('a') ?? { held: 0, sold: 0 };
          expect(start.held + moved.held).toBe(order.status === 'pending' ? 2 : 0);
          expect(start.sold + moved.sold).toBe(order.status === 'paid' ? 2 : 0);
          for (const intent of succeeded) {
            const isSale = order.status === 'paid' && order.paidIntentId === intent;
            const refunds = ledger.refunds.get(`order ${intent}`) ?? [];
            // A sale may have parts of it refunded by hand; all else is refunded, or was to be.
            expect(isSale || refunds.length > 0).toBe(true);
            if (isSale) expect(refunds.every(({ reason }) => reason === 'at-provider')).toBe(true);
          }
        }
        const worth = ledger.voided.has('order') ? 0 : ledger.tickets.length;
        expect(worth).toBe(order.status === 'paid' ? 2 : 0);
      },
    ),
    { numRuns: 2_000 },
  );
});
