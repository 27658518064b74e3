import { describe, expect, test } from 'vitest';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { isNews, type Known, type KnownReport } from '../src/news-rules.ts';

const ORDER = { id: 'order', paidIntentId: null };

function outcome(type: PaymentOutcome['type'], over: Partial<PaymentOutcome> = {}): PaymentOutcome {
  return {
    ...{ eventId: 'evt_new', type, orderId: 'order', paymentIntentId: 'pi', amount: 1000, currency: 'EUR' },
    ...{ occurredAt: new Date().toISOString(), ...over },
  };
}

function known(over: Partial<Known> = {}): Known {
  return { isReportKnown: false, order: ORDER, reports: [], paymentStatus: undefined, refunds: [], ...over };
}

function report(type: string, over: Partial<KnownReport> = {}): KnownReport {
  return {
    ...{ eventId: 'evt_old', type, orderId: 'order', intentId: 'pi', result: 'noted', reason: null },
    ...{ disputeId: null, refundId: null, ...over },
  };
}

const refund = (status: string, over = {}) => ({ orderId: 'order', refundId: 're', formerIds: [], status, ...over });

test('a report that was settled, rejected or discarded is never news', () => {
  for (const type of ['payment.succeeded', 'payment.failed', 'payment.refunded', 'payment.disputed'] as const) {
    expect(isNews(outcome(type), known({ isReportKnown: true, order: undefined }))).toBe(false);
    expect(isNews(outcome(type), known({ isReportKnown: true }))).toBe(false);
  }
});

describe('a success', () => {
  test.each<[string, Partial<Known>, boolean]>([
    ['of an order that is not paid', {}, true],
    ['of an order that it paid', { order: { ...ORDER, paidIntentId: 'pi' } }, false],
    ['of an order that another payment paid', { order: { ...ORDER, paidIntentId: 'pi_other' } }, true],
    ['that another report told', { reports: [report('payment.succeeded')] }, false],
    ['of an unknown order', { order: undefined }, true],
    [
      'of an unknown order, rejected before under another id',
      { order: undefined, reports: [report('payment.succeeded', { result: 'rejected' })] },
      false,
    ],
    [
      'of an unknown order that a person has seen to',
      { order: undefined, reports: [report('payment.succeeded', { result: 'discarded' })] },
      false,
    ],
  ])('%s: %o is news: %s', (_case, over, expected) => {
    expect(isNews(outcome('payment.succeeded'), known(over))).toBe(expected);
  });
});

describe('a failure', () => {
  test.each<[string | undefined, string | undefined, boolean]>([
    [undefined, undefined, false],
    [undefined, 'open', true],
    [undefined, 'failed', false],
    ['canceled', 'open', true],
    ['canceled', 'failed', true],
    ['canceled', 'cancelled', false],
    ['canceled', 'succeeded', false],
    ['canceled', undefined, false],
  ])('with the word %s, of a payment that we think %s, is news: %s', (detail, paymentStatus, expected) => {
    expect(isNews(outcome('payment.failed', { detail }), known({ paymentStatus }))).toBe(expected);
  });
});

describe('a refund', () => {
  const states = ['requested', 'pending', 'succeeded', 'failed', 'settled-elsewhere'];
  const news: Record<string, string[]> = {
    pending: ['requested'],
    requires_action: ['requested'],
    succeeded: ['requested', 'pending'],
    failed: ['requested', 'pending', 'succeeded'],
    canceled: ['requested', 'pending', 'succeeded'],
    // A word that is not known here is for a person, whatever we think.
    partially_succeeded: states,
  };
  test.each(Object.entries(news))('that is %s is news to those we think %o', (detail, expected) => {
    const reported = outcome('payment.refunded', { refundId: 're', detail });
    expect(isNews(reported, known())).toBe(true);
    expect(states.filter((status) => isNews(reported, known({ refunds: [refund(status)] })))).toEqual(expected);
  });

  test('is none if it is an earlier attempt, or does not say which it is', () => {
    const former = known({ refunds: [refund('requested', { refundId: null, formerIds: ['re'] })] });
    expect(isNews(outcome('payment.refunded', { refundId: 're', detail: 'failed' }), former)).toBe(false);
    expect(isNews(outcome('payment.refunded', { detail: 'charge.refunded' }), known())).toBe(false);
  });

  test('of an unknown order is news only if a person has sent the money back and it did not arrive', () => {
    const reported = (detail: string) => outcome('payment.refunded', { refundId: 're', detail });
    const seenTo = [report('payment.succeeded', { result: 'discarded' })];
    const isNewsAfter = (detail: string, reports: KnownReport[]) =>
      isNews(reported(detail), known({ order: undefined, reports }));
    expect(isNewsAfter('failed', seenTo)).toBe(true);
    expect(isNewsAfter('succeeded', seenTo)).toBe(false);
    expect(isNewsAfter('failed', [report('payment.succeeded', { result: 'rejected' })])).toBe(false);
    expect(isNewsAfter('failed', [...seenTo, report('payment.refunded', { refundId: 're' })])).toBe(false);
  });
});

describe('a dispute', () => {
  const event = outcome('payment.disputed', { disputeId: 'du', detail: 'lost' });
  const object = { ...event, eventId: 'dispute:order:pi:du:lost' };
  const told = (reason: string) => [report('payment.disputed', { reason })];

  test('is news by its events, each once, and by itself if none has told its status', () => {
    expect([event, object].map((one) => isNews(one, known()))).toEqual([true, true]);
    expect([event, object].map((one) => isNews(one, known({ reports: told('dispute lost') })))).toEqual([true, false]);
    expect(isNews(object, known({ reports: told('dispute needs_response') }))).toBe(true);
  });

  test('of an unknown order is news once, however often it changes', () => {
    const seen = known({ order: undefined, reports: [report('payment.disputed', { disputeId: 'du' })] });
    expect([event, object].map((one) => isNews(one, seen))).toEqual([false, false]);
    expect(isNews({ ...object, disputeId: 'du_other' }, seen)).toBe(true);
  });
});
