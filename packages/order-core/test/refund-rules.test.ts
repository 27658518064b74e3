import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { refundsOf, requestRefund, sentBack } from '../src/refund-rules.ts';
import { decideSettlement } from '../src/settlement.ts';
import type { Ledger, OrderState, RefundState, SettlingOrder, SettlingRefund } from '../src/settling.ts';

const PAYMENT = { orderId: 'order', paymentIntentId: 'pi', amount: 4_600, currency: 'EUR' };

/** An order of €46.00 whose payment was settled. */
function paidOrder(status: OrderState = 'paid'): { order: SettlingOrder; ledger: Ledger } {
  const order: SettlingOrder = {
    ...{ id: 'order', eventId: 'event', status, total: 4_600, currency: 'EUR', paidIntentId: 'pi', refundReason: null },
    lines: [{ ticketTypeId: 'a', quantity: 2 }],
  };
  const ledger: Ledger = {
    ...{ now: new Date(), sellable: new Map(), stock: new Map(), moves: new Map(), payments: new Map() },
    ...{ orders: new Map([['order', order]]), refunds: new Map(), refundsToRead: [], tickets: [], voided: new Set() },
    sentBack: new Set(),
  };
  return { order, ledger };
}

let reports = 0;
function reported(refundId: string, detail: string | undefined, over: Partial<PaymentOutcome> = {}): PaymentOutcome {
  return {
    ...{ eventId: `evt_${++reports}`, type: 'payment.refunded', occurredAt: new Date().toISOString() },
    ...{ ...PAYMENT, refundId, detail, ...over },
  };
}

/** What we ask for when an order is refunded: tickets void, seats free, the money to follow. */
function request(ledger: Ledger, order: SettlingOrder): SettlingRefund | undefined {
  order.status = 'refunding';
  order.refundReason = 'requested';
  return requestRefund(ledger, PAYMENT, 'requested');
}

const only = (ledger: Ledger) => refundsOf(ledger, PAYMENT);

/** All words of https://docs.stripe.com/api/refunds/object#refund_object-status, and others. */
const WORDS: [word: string | undefined, refund: RefundState | undefined, order: OrderState][] = [
  ['succeeded', 'succeeded', 'refunded'],
  ['pending', 'pending', 'refunding'],
  ['requires_action', 'pending', 'refunding'],
  ['failed', 'failed', 'refunding'],
  ['canceled', 'failed', 'refunding'],
  ['reversed', undefined, 'refunding'],
  ['Succeeded', undefined, 'refunding'],
  ['', undefined, 'refunding'],
  [undefined, undefined, 'refunding'],
];

describe.each(WORDS)('a refund that Stripe calls %s', (word, state, status) => {
  test(`is ${state ?? 'an alarm that changes nothing'}, if we asked for it`, () => {
    const { order, ledger } = paidOrder();
    const refund = request(ledger, order);
    const settled = decideSettlement(reported('re_1', word, { refundRequestId: refund?.id }), ledger);
    expect(order.status).toBe(status);
    expect(only(ledger).map((one) => one.status)).toEqual([state ?? 'requested']);
    expect(settled.kind === 'unrecognized').toBe(state === undefined);
  });

  test('by hand, of all of it: takes the tickets with it only when the money has moved', () => {
    const { order, ledger } = paidOrder();
    decideSettlement(reported('re_1', word), ledger);
    expect(order.status).toBe(state === 'succeeded' ? 'refunded' : 'paid');
    expect(ledger.voided.has('order')).toBe(state === 'succeeded');
    expect(only(ledger).map((one) => [one.status, one.reason])).toEqual(state ? [[state, 'at-provider']] : []);
  });
});

test('a refund that succeeded and fails days later is failed, and its order waits for its money again', () => {
  const { order, ledger } = paidOrder();
  const refund = request(ledger, order);
  decideSettlement(reported('re_1', 'succeeded', { refundRequestId: refund?.id }), ledger);
  expect(order.status).toBe('refunded');
  decideSettlement(reported('re_1', 'failed', { refundRequestId: refund?.id }), ledger);
  expect([order.status, only(ledger)[0]?.status]).toEqual(['refunding', 'failed']);
});

test('what went back by hand is not given back again, and parts by hand that come to all of it end the order', () => {
  const { order, ledger } = paidOrder();
  decideSettlement(reported('re_1', 'succeeded', { amount: 4_000 }), ledger);
  expect(order.status).toBe('paid');
  expect(request(ledger, order)?.amount).toBe(600);

  const parts = paidOrder();
  decideSettlement(reported('re_1', 'succeeded', { amount: 4_000 }), parts.ledger);
  decideSettlement(reported('re_2', 'succeeded', { amount: 600 }), parts.ledger);
  expect([parts.order.status, parts.order.refundReason]).toEqual(['refunded', 'at-provider']);
});

test('a refund by hand that was not known when ours was asked for makes ours smaller, or takes its place', () => {
  const part = paidOrder();
  request(part.ledger, part.order);
  decideSettlement(reported('re_1', 'succeeded', { amount: 4_000 }), part.ledger);
  expect(only(part.ledger).map(({ amount, reason, status }) => [amount, reason, status])).toEqual([
    [600, 'requested', 'requested'],
    [4_000, 'at-provider', 'succeeded'],
  ]);

  const all = paidOrder();
  request(all.ledger, all.order);
  decideSettlement(reported('re_1', 'succeeded'), all.ledger);
  expect(only(all.ledger).map(({ amount, status }) => [amount, status])).toEqual([[4_600, 'succeeded']]);
  expect(all.order.status).toBe('refunded');
});

test('what the release before has done is found again by its amount, also when it fails later or was less than we know', () => {
  const done = (): ReturnType<typeof paidOrder> => {
    const { order, ledger } = paidOrder();
    Object.assign(request(ledger, order) ?? {}, { status: 'succeeded', change: 'taken-over' });
    order.status = 'refunded';
    return { order, ledger };
  };
  const whole = done();
  decideSettlement(reported('re_1', 'succeeded'), whole.ledger);
  expect(only(whole.ledger)).toMatchObject([{ providerRefundId: 're_1', reason: 'requested' }]);
  decideSettlement(reported('re_1', 'failed'), whole.ledger);
  expect([whole.order.status, only(whole.ledger)[0]?.status]).toEqual(['refunding', 'failed']);

  const parts = done();
  decideSettlement(reported('re_hand', 'succeeded', { amount: 4_000 }), parts.ledger);
  decideSettlement(reported('re_1', 'succeeded', { amount: 600 }), parts.ledger);
  expect(only(parts.ledger).map(({ amount, reason }) => [amount, reason])).toEqual([
    [600, 'requested'],
    [4_000, 'at-provider'],
  ]);
  expect(parts.order.status).toBe('refunded');
});

test('reports of an attempt that another one has followed count no more', () => {
  const { order, ledger } = paidOrder();
  const refund = request(ledger, order);
  Object.assign(refund ?? {}, { formerProviderRefundIds: ['re_1'] });
  decideSettlement(reported('re_1', 'failed', { refundRequestId: refund?.id }), ledger);
  expect(only(ledger)[0]).toMatchObject({ status: 'requested', providerRefundId: null });
});

test('a refund by hand that failed takes the place of none that is still to be asked for', () => {
  for (const amount of [4_000, 4_600]) {
    const { order, ledger } = paidOrder();
    request(ledger, order);
    decideSettlement(reported('re_hand', 'failed', { amount }), ledger);
    expect(only(ledger).map((one) => [one.amount, one.reason, one.status])).toEqual([
      [4_600, 'requested', 'requested'],
      [amount, 'at-provider', 'failed'],
    ]);
  }
});

test('of two attempts at the provider, one failed: their reports in any order leave the other one, and both as ours', () => {
  const attempts = fc.tuple(
    fc.constantFrom(['failed'], ['pending', 'failed'], ['succeeded', 'failed'], ['requires_action', 'canceled']),
    path,
    fc.boolean(),
  );
  const shuffled = attempts.chain(([lost, other, isSwapped]) => {
    const paths = isSwapped ? [other, lost] : [lost, other];
    const all = paths.flatMap((states, index) => states.map((detail) => ({ refundId: `re_${index}`, detail })));
    return fc.record({
      other: fc.constant(other),
      id: fc.constant(isSwapped ? 're_0' : 're_1'),
      reports: fc.subarray(all).chain((twice) => {
        const told = [...all, ...twice];
        return fc.shuffledSubarray(told, { minLength: told.length });
      }),
    });
  });
  fc.assert(
    fc.property(shuffled, ({ other, id, reports: told }) => {
      const { order, ledger } = paidOrder();
      const asked = request(ledger, order);
      for (const { refundId, detail } of told) {
        decideSettlement(reported(refundId, detail, { refundRequestId: asked?.id }), ledger);
      }
      const booked = only(ledger);
      const end = FINAL[other.at(-1) ?? ''];
      expect(new Set(booked.map(({ reason }) => reason))).toEqual(new Set(['requested']));
      expect(sentBack(booked)).toBe(end === 'failed' ? 0 : 4_600);
      if (end !== 'failed') expect(booked.find(({ providerRefundId }) => providerRefundId === id)?.status).toBe(end);
      expect(order.status).toBe(end === 'succeeded' ? 'refunded' : 'refunding');
    }),
    { numRuns: 3_000 },
  );
});

test('a sum of refunds makes the refunds be asked for, and changes nothing by itself', () => {
  const { order, ledger } = paidOrder();
  const report = reported('', 'charge.refunded', { refundId: undefined });
  decideSettlement(report, ledger);
  expect([order.status, only(ledger), ledger.refundsToRead]).toEqual(['paid', [], [report]]);
});

/** How far a refund gets at Stripe, in the order in which it does; each state is reported. */
const path = fc.constantFrom(
  ...[['succeeded'], ['pending', 'succeeded'], ['succeeded', 'failed'], ['pending', 'succeeded', 'failed']],
  ...[['pending', 'failed'], ['requires_action', 'pending', 'succeeded'], ['requires_action', 'canceled'], ['pending']],
);

/** Refunds of one payment as Stripe has them, never of more than was paid at a time; reports shuffled, some twice. */
const history = fc
  .array(fc.record({ amount: fc.constantFrom(600, 1_000, 3_000, 4_000, 4_600), path }), { maxLength: 4 })
  .map((refunds) => {
    let left = 4_600;
    return refunds.filter(({ amount, path: states }) => {
      const isPossible = amount <= left;
      if (isPossible && !['failed', 'canceled'].includes(states.at(-1) ?? '')) left -= amount;
      return isPossible;
    });
  })
  .chain((refunds) => {
    const all = refunds.flatMap(({ amount, path: states }, index) =>
      states.map((detail) => ({ refundId: `re_${index}`, detail, amount })),
    );
    const twice = fc.subarray(all);
    return fc.tuple(fc.constant(refunds), twice, fc.boolean()).chain(([made, again, isAsked]) =>
      fc.record({
        refunds: fc.constant(made),
        isAsked: fc.constant(isAsked),
        reports: fc.shuffledSubarray([...all, ...again], { minLength: all.length + again.length }),
        askedAfter: fc.integer({ min: 0, max: all.length }),
      }),
    );
  });

const FINAL: Record<string, RefundState> = {
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'failed',
  pending: 'pending',
  requires_action: 'pending',
};

test('reports in any order, and more than once, leave each refund as Stripe has it, and the order with its money', () => {
  fc.assert(
    fc.property(history, ({ refunds, reports: shuffled, isAsked, askedAfter }) => {
      const { order, ledger } = paidOrder();
      for (const [index, { refundId, ...over }] of shuffled.entries()) {
        if (isAsked && index === askedAfter && order.status === 'paid') request(ledger, order);
        decideSettlement(reported(refundId, over.detail, over), ledger);
      }
      const booked = only(ledger);
      expect(sentBack(booked)).toBeLessThanOrEqual(4_600);
      const known = booked.filter(({ providerRefundId }) => providerRefundId !== null);
      expect(
        new Map(known.map(({ providerRefundId, amount, status }) => [providerRefundId, [amount, status]])),
      ).toEqual(
        new Map(
          refunds.map(({ amount, path: states }, index) => [`re_${index}`, [amount, FINAL[states.at(-1) ?? '']]]),
        ),
      );
      const back = known.filter(({ status }) => status === 'succeeded').reduce((sum, { amount }) => sum + amount, 0);
      expect(order.status === 'refunded').toBe(back === 4_600);
      expect(ledger.moves.get('a')?.sold ?? 0).toBe(ledger.voided.has('order') ? -2 : 0);
      if (order.status === 'paid') expect(ledger.voided.has('order')).toBe(false);
    }),
    { numRuns: 3_000 },
  );
});
