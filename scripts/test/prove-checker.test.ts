import { present } from '@ticketing/service-kit/present';
import { expect, test } from 'vitest';
import { check, RULES } from '../prove/checker/check.ts';
import { findBroken } from '../prove/checker/watch-stock.ts';
import { DOOR_SPOILS } from './prove-door-spoils.ts';
import { MAIL_SPOILS } from './prove-mail-spoils.ts';
import {
  addRefund,
  effect,
  effectOf,
  intent,
  mail,
  mailOf,
  refund,
  seats,
  stripeRefund,
  ticketOf,
  told,
} from './prove-rows.ts';
import { ORDER_SPOILS } from './prove-spoils.ts';
import { goodWorld } from './prove-world.ts';

const SPOILS = { ...ORDER_SPOILS, ...DOOR_SPOILS, ...MAIL_SPOILS };

test('nothing is said of a world in which all is well', () => {
  expect(check(goodWorld())).toEqual([]);
  expect(check({ ...goodWorld(), topics: undefined })).toEqual([]);
});

test('there is something that breaks every rule', () => {
  expect(RULES.map(({ name }) => name).sort()).toEqual(Object.keys(SPOILS).sort());
});

for (const [rule, spoils] of Object.entries(SPOILS)) {
  for (const [what, spoil] of Object.entries(spoils)) {
    test(`"${rule}" is broken by: ${what}`, () => {
      const world = goodWorld();
      spoil(world);
      expect(check(world).map((violation) => violation.rule)).toContain(rule);
    });
  }
}

test('a second payment of a paid order goes back, and nothing is wrong', () => {
  const world = goodWorld();
  world.stripe.intents.push(intent('pi_second', 'succeeded', 200, 'order-paid'));
  const { orderId, intentId, amount, reason, status } = refund('4', 'order-paid', 'pi_second', 200, 'paid-twice');
  addRefund(world, refund('4', orderId, intentId, amount, reason));
  world.database.mirroredRefunds.push({ orderId, intentId, amount, reason, status });
  world.database.outbox.push(effect('mail-second', 'mail', 'order-paid', { mail: 'refunded', intentId: 'pi_second' }));
  world.history.push(mail('ann', 'mail-second', 'Your refund', 'order-paid', '€2.00 goes back the way you paid.'));
  expect(check(world)).toEqual([]);
});

test.each(['check-in', 'undo-check-in'] as const)('a %s whose answer was lost may have been done', (deed) => {
  const world = goodWorld();
  const [ticketCode, kind, status] =
    deed === 'check-in' ? (['B', 'in', 'checked_in'] as const) : (['A', 'undo', 'valid'] as const);
  world.history.push(told({ who: 'organizer', deed, status: 0, ticketCode }));
  expect(check(world)).toEqual([]);
  world.database.doorActs.push({ code: ticketCode, kind });
  ticketOf(world, ticketCode).status = status;
  expect(check(world)).toEqual([]);
});

test('an email may come again when something was broken between the two, once for each attempt', () => {
  const world = goodWorld();
  world.history.push({ ...mailOf(world, 'mail-paid'), at: 60_000 });
  effectOf(world, 'mail-paid').attempts = 2;
  world.disturbances = [{ fromMs: 100, toMs: 2_000 }];
  expect(check(world)).toEqual([]);
});

test('who asked before the event was cancelled, or repeats what was granted before, is sold nothing afterwards', () => {
  const world = goodWorld();
  const hold = { who: 'bob', deed: 'hold', eventId: 'event-1', orderId: 'order-expired', total: 100 } as const;
  world.history.push(
    told({ who: 'organizer', deed: 'cancel-event', status: 0, eventId: 'event-1', at: 500 }),
    told({ who: 'organizer', deed: 'cancel-event', status: 200, eventId: 'event-1', at: 1_000, tookMs: 50 }),
    told({ ...hold, status: 201, at: 1_040, buyerId: 'bob', lines: seats(1) }),
    told({ ...hold, status: 200, at: 2_000, isReplay: true, buyerId: 'bob', lines: seats(1) }),
  );
  expect(check(world).map(({ rule }) => rule)).not.toContain(
    'nothing is sold of an event that was said to be cancelled',
  );
});

test('an effect that was given up is left to a person', () => {
  const world = goodWorld();
  Object.assign(present(world.database.outbox[0]), { isDone: false, isParked: true });
  expect(check(world)).toEqual([]);
});

test('stock is wrong at a moment when any two counts differ, or there is more than there is', () => {
  const right = { id: 't', capacity: 10, held: 2, sold: 3, pending: 2, paid: 3, tickets: 3 };
  expect(findBroken(right)).toEqual([]);
  expect(findBroken({ ...right, capacity: 4 })).toHaveLength(1);
  expect(findBroken({ ...right, pending: 1 })).toHaveLength(1);
  expect(findBroken({ ...right, paid: 2 })).toHaveLength(1);
  expect(findBroken({ ...right, tickets: 4 })).toHaveLength(1);
});

test('a refund that failed may be retried; what is left of the former attempt is a failure at Stripe', () => {
  const world = goodWorld();
  const [row] = world.database.refunds;
  Object.assign(present(row), { formerStripeIds: ['re_1'], stripeId: 're_4' });
  present(world.stripe.refunds[0]).status = 'failed';
  world.stripe.refunds.push(stripeRefund('4', 'pi_refunded', 70));
  world.history.push(told({ who: 'operator', deed: 'retry-refund', status: 0, refundId: '1' }));
  expect(check(world)).toEqual([]);
});
