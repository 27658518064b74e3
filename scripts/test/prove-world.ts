import type { World } from '../prove/checker/world.ts';
import {
  effect,
  EVENT,
  FREE_TYPE,
  intent,
  mail,
  order,
  refund,
  seats,
  stripeRefund,
  told,
  TYPE,
} from './prove-rows.ts';

const PAID = 'order-paid';
const LIMITS = { maxPerBuyer: null, eventMaxPerBuyer: 2 };

/**
 * A small world in which all is well: one paid order of two seats, one that expired, one that was refunded at the
 * organizer's wish before its email was sent, and in part by hand before, one that was free, and a payment for nobody's order that waits for a person.
 */
export function goodWorld(): World {
  return {
    history: [
      told({
        who: 'ann',
        deed: 'hold',
        status: 201,
        buyerId: 'ann',
        key: 'k1',
        orderId: PAID,
        total: 200,
        lines: seats(2),
        orderStatus: 'pending',
      }),
      told({
        who: 'ann',
        deed: 'hold',
        status: 200,
        buyerId: 'ann',
        key: 'k1',
        orderId: PAID,
        total: 200,
        lines: seats(2),
        isReplay: true,
      }),
      told({
        who: 'ann',
        deed: 'start-payment',
        status: 200,
        orderId: PAID,
        intentId: 'pi_paid',
        orderStatus: 'pending',
      }),
      told({ who: 'ann', deed: 'read-order', status: 200, orderId: PAID, orderStatus: 'paid' }),
      told({
        who: 'ann',
        deed: 'read-tickets',
        status: 200,
        orderId: PAID,
        tickets: [
          { code: 'A', status: 'valid' },
          { code: 'B', status: 'valid' },
        ],
      }),
      told({ who: 'organizer', deed: 'check-in', status: 200, ticketCode: 'A' }),
      told({ who: 'organizer', deed: 'check-in', status: 409, code: 'ALREADY_CHECKED_IN', ticketCode: 'A' }),
      told({ who: 'organizer', deed: 'check-in', status: 409, code: 'WRONG_EVENT', ticketCode: 'B', eventId: 'other' }),
      told({ who: 'organizer', deed: 'check-in', status: 200, ticketCode: 'B', eventId: EVENT }),
      told({ who: 'organizer', deed: 'undo-check-in', status: 200, ticketCode: 'B' }),
      told({ who: 'organizer', deed: 'undo-check-in', status: 409, code: 'ORDER_STATE', ticketCode: 'B' }),
      told({
        who: 'bob',
        deed: 'hold',
        status: 201,
        buyerId: 'bob',
        orderId: 'order-expired',
        total: 100,
        lines: seats(1),
        orderStatus: 'pending',
      }),
      told({
        who: 'bob',
        deed: 'start-payment',
        status: 200,
        orderId: 'order-expired',
        intentId: 'pi_cancelled',
        orderStatus: 'pending',
      }),
      told({
        who: 'cyd',
        deed: 'hold',
        status: 201,
        buyerId: 'cyd',
        orderId: 'order-refunded',
        total: 100,
        lines: seats(1),
        orderStatus: 'pending',
      }),
      told({
        who: 'cyd',
        deed: 'start-payment',
        status: 200,
        orderId: 'order-refunded',
        intentId: 'pi_refunded',
        orderStatus: 'pending',
      }),
      told({
        who: 'organizer',
        deed: 'refund-order',
        status: 202,
        orderId: 'order-refunded',
        orderStatus: 'refunding',
      }),
      told({ who: 'organizer', deed: 'refund-by-hand', status: 200, orderId: 'order-refunded' }),
      told({ who: 'organizer', deed: 'refund-by-hand', status: 200, orderId: PAID }),
      told({
        who: 'dan',
        deed: 'hold',
        status: 201,
        buyerId: 'dan',
        orderId: 'order-free',
        total: 0,
        lines: seats(1, FREE_TYPE),
        orderStatus: 'paid',
      }),
      told({
        who: 'eve',
        deed: 'foreign-intent',
        status: 200,
        orderId: 'nobody',
        intentId: 'pi_foreign',
        about: 'unknown-order',
      }),
      told({ who: 'roll-call', deed: 'read-order', status: 200, orderId: PAID, orderStatus: 'paid' }),
      told({ who: 'roll-call', deed: 'read-order', status: 200, orderId: 'order-expired', orderStatus: 'expired' }),
      mail('ann', 'mail-paid', 'Your tickets', PAID, 'Code: A', 'Code: B'),
      mail('cyd', 'mail-refunded', 'Your refund', 'order-refunded', '€0.70 goes back the way you paid.'),
      mail('dan', 'mail-free', 'Your ticket', 'order-free', 'Code: D'),
    ],
    database: {
      ticketTypes: [
        { id: TYPE, eventId: EVENT, eventStatus: 'published', price: 100, capacity: 3, held: 0, sold: 2, ...LIMITS },
        { id: FREE_TYPE, eventId: EVENT, eventStatus: 'published', price: 0, capacity: 1, held: 0, sold: 1, ...LIMITS },
      ],
      orders: [
        order(PAID, 'ann', 'paid', 200, { paidIntentId: 'pi_paid', key: 'k1', lines: seats(2) }),
        order('order-expired', 'bob', 'expired', 100),
        order('order-refunded', 'cyd', 'refunded', 100, { paidIntentId: 'pi_refunded', refundReason: 'requested' }),
        order('order-free', 'dan', 'paid', 0, { lines: seats(1, FREE_TYPE) }),
      ],
      tickets: [
        { orderId: PAID, ticketTypeId: TYPE, code: 'A', status: 'checked_in' },
        { orderId: PAID, ticketTypeId: TYPE, code: 'B', status: 'valid' },
        { orderId: 'order-refunded', ticketTypeId: TYPE, code: 'C', status: 'void' },
        { orderId: 'order-free', ticketTypeId: FREE_TYPE, code: 'D', status: 'valid' },
      ],
      doorActs: [
        { code: 'A', kind: 'in' },
        { code: 'B', kind: 'in' },
        { code: 'B', kind: 'undo' },
      ],
      refunds: [
        // A part of each by hand: the one keeps the tickets, the other was refunded later.
        refund('1', 'order-refunded', 'pi_refunded', 70, 'requested'),
        refund('2', 'order-refunded', 'pi_refunded', 30, 'at-provider'),
        refund('3', PAID, 'pi_paid', 50, 'at-provider'),
      ],
      mirroredRefunds: [
        { orderId: 'order-refunded', intentId: 'pi_refunded', amount: 70, reason: 'requested', status: 'succeeded' },
      ],
      payments: [
        { orderId: PAID, intentId: 'pi_paid', status: 'succeeded' },
        { orderId: 'order-expired', intentId: 'pi_cancelled', status: 'cancelled' },
        { orderId: 'order-refunded', intentId: 'pi_refunded', status: 'succeeded' },
      ],
      reports: [
        { eventId: 'evt_paid', orderId: PAID, intentId: 'pi_paid', result: 'paid', reason: null },
        {
          eventId: 'evt_foreign',
          orderId: 'nobody',
          intentId: 'pi_foreign',
          result: 'rejected',
          reason: 'unknown-order',
        },
      ],
      outbox: [
        effect('effect-1', 'refund', 'order-refunded', { intentId: 'pi_refunded', createdAt: 5_000 }),
        effect('mail-paid', 'mail', PAID, { mail: 'tickets' }),
        // Its tickets were void before there was time to send them.
        effect('mail-void', 'mail', 'order-refunded', { mail: 'tickets', doneAt: 6_000 }),
        effect('mail-refunded', 'mail', 'order-refunded', {
          ...{ mail: 'refunded', intentId: 'pi_refunded', createdAt: 7_000, doneAt: 8_000 },
        }),
        effect('mail-free', 'mail', 'order-free', { mail: 'tickets' }),
      ],
    },
    topics: {
      queued: [
        { topic: 'payment.succeeded', eventId: 'evt_paid' },
        { topic: 'payment.succeeded', eventId: 'evt_foreign' },
      ],
      deadLetters: [
        { topic: 'payment.succeeded.dlq', code: 'UNKNOWN_ORDER', eventId: 'evt_foreign', intentId: 'pi_foreign' },
      ],
      unsettled: [{ topic: 'payment.succeeded', partition: 0, messages: 0 }],
    },
    disturbances: [],
    stripe: {
      intents: [
        intent('pi_paid', 'succeeded', 200, PAID),
        intent('pi_cancelled', 'canceled', 100, 'order-expired'),
        intent('pi_refunded', 'succeeded', 100, 'order-refunded'),
        intent('pi_foreign', 'succeeded', 100, 'nobody'),
      ],
      refunds: [
        stripeRefund('1', 'pi_refunded', 70),
        stripeRefund('2', 'pi_refunded', 30),
        stripeRefund('3', 'pi_paid', 50),
      ],
      events: [
        { id: 'evt_paid', type: 'payment_intent.succeeded', orderId: PAID, delivered: 2, undelivered: 0 },
        { id: 'evt_foreign', type: 'payment_intent.succeeded', orderId: 'nobody', delivered: 1, undelivered: 0 },
      ],
    },
  };
}
