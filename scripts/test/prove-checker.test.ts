import { present } from '@ticketing/service-kit/present';
import { expect, test } from 'vitest';
import { check, RULES } from '../prove/checker/check.ts';
import { findBroken } from '../prove/checker/watch-stock.ts';
import type { OrderRow, World } from '../prove/checker/world.ts';
import { effect, goodWorld, intent, mail, order, seats, told, type Spoil } from './prove-world.ts';

const orderOf = ({ database }: World, id: string): OrderRow => present(database.orders.find((one) => one.id === id));
const typeOf = ({ database }: World) => present(database.ticketTypes[0]);
const ticketOf = ({ database }: World, code: string) => present(database.tickets.find((one) => one.code === code));
const effectOf = ({ database }: World, id: string) => present(database.outbox.find((one) => one.id === id));
const mailOf = ({ history }: World, id: string) =>
  present(history.find(({ messageId }) => messageId === `${id}@shop.example`));
const drop = (world: World, id: string) => {
  const gone = mailOf(world, id);
  world.history = world.history.filter((one) => one !== gone);
};
const intentOf = ({ stripe }: World, id: string) => present(stripe.intents.find((one) => one.id === id));

/** For each rule, everything that breaks it. */
const SPOILS: Record<string, Record<string, Spoil>> = {
  'never more held and sold than there is': {
    'more sold than there is': (world) => (typeOf(world).capacity = 1),
    'more held than is left': (world) => (typeOf(world).held = 2),
  },
  'what is sold is in paid orders, and what is held in pending ones': {
    'sold to nobody': (world) => (typeOf(world).sold = 4),
    'held by nobody': (world) => (typeOf(world).held = 1),
    'a paid order that took no seats': (world) => world.database.orders.push(order('other', 'eve', 'paid', 0)),
  },
  'what is sold has as many tickets that are worth something': {
    'a ticket too few': (world) => world.database.tickets.pop(),
  },
  "an order's total is the sum of its lines, each at its ticket type's price": {
    'a cent above': (world) => (orderOf(world, 'order-paid').total = 201),
    'a line that is not paid for': (world) => orderOf(world, 'order-paid').lines.push(...seats(1)),
    'another price than that of the ticket type': (world) => (typeOf(world).price = 101),
    'a ticket type of nobody': (world) => (orderOf(world, 'order-paid').lines = seats(2, 'type-2')),
  },
  "a payment that was started is over the order's total": {
    'a cent above': (world) => (intentOf(world, 'pi_paid').amount = 201),
    'another currency': (world) => (intentOf(world, 'pi_cancelled').currency = 'usd'),
  },
  'each succeeded payment is one paid order, or one refund of the right amount, or waits with a reason': {
    'a payment that came to nothing': (world) => (orderOf(world, 'order-paid').paidIntentId = 'pi_other'),
    'a payment kept and sent back': (world) =>
      world.stripe.refunds.push({ id: 're_2', intentId: 'pi_paid', amount: 200, status: 'succeeded' }),
    'a payment sent back twice': (world) =>
      world.stripe.refunds.push({ id: 're_2', intentId: 'pi_refunded', amount: 100, status: 'succeeded' }),
    'a refund of another amount': (world) => (present(world.stripe.refunds[0]).amount = 99),
    'one payment for two orders': (world) => (orderOf(world, 'order-free').paidIntentId = 'pi_paid'),
    'a refund of what was never paid': (world) =>
      world.stripe.refunds.push({ id: 're_2', intentId: 'pi_cancelled', amount: 100, status: 'succeeded' }),
    'a settled payment that waits all the same': (world) =>
      present(world.topics).deadLetters.push({ topic: 't', code: 'X', eventId: 'evt_paid', intentId: 'pi_paid' }),
    'a payment that nothing waits for any more': (world) => {
      present(world.topics).deadLetters = [];
      world.database.reports.pop();
    },
  },
  'who is paid has paid, the right amount, for that order': {
    'paid by nothing': (world) => (orderOf(world, 'order-paid').paidIntentId = null),
    'paid by a cancelled payment': (world) => (intentOf(world, 'pi_paid').status = 'canceled'),
    'paid too little': (world) => (intentOf(world, 'pi_paid').amountReceived = 199),
    'paid in another currency': (world) => (intentOf(world, 'pi_paid').currency = 'usd'),
    "paid with someone else's payment": (world) => (intentOf(world, 'pi_paid').orderId = 'order-expired'),
  },
  'who was told that the money is back has it back': {
    'refunded without a refund': (world) => (world.stripe.refunds = []),
    'refunded in part': (world) => (present(world.stripe.refunds[0]).amount = 50),
  },
  'who paid while the hold stood keeps the seats': {
    'paid in time and refused': (world) => (orderOf(world, 'order-refunded').refundReason = 'sold-out'),
    'paid in time and expired': (world) => (orderOf(world, 'order-paid').status = 'expired'),
  },
  'money goes back only for a reason': {
    'nobody asked for it': (world) => (world.history = world.history.filter(({ deed }) => deed !== 'refund-order')),
    'the event was not cancelled': (world) => (present(world.database.refunds[0]).reason = 'event-cancelled'),
    'there was no second payment': (world) => (present(world.database.refunds[0]).reason = 'paid-twice'),
    'nobody refunded it by hand': (world) => (present(world.database.refunds[0]).reason = 'at-provider'),
  },
  'whoever was told of an order has that order': {
    'an order that is gone': (world) => world.database.orders.shift(),
    "someone else's order": (world) => (orderOf(world, 'order-paid').buyerId = 'bob'),
    'another price': (world) => (orderOf(world, 'order-paid').total = 201),
    'other seats': (world) => (orderOf(world, 'order-paid').lines = seats(1)),
    'another address': (world) => (present(world.history[0]).email = 'friend@example.com'),
  },
  'the same key is the same order': {
    'told of two orders': (world) => (present(world.history[1]).orderId = 'order-free'),
    'two orders kept': (world) =>
      world.database.orders.push(order('other', 'ann', 'expired', 200, { key: 'k1', lines: seats(2) })),
  },
  'whoever was told "paid" has their tickets': {
    'no tickets': (world) =>
      (world.database.tickets = world.database.tickets.filter(({ orderId }) => orderId !== 'order-paid')),
    'a ticket too many': (world) =>
      world.database.tickets.push({ orderId: 'order-paid', ticketTypeId: 'type-1', code: 'E', status: 'valid' }),
    'no order': (world) => world.database.orders.shift(),
    'not paid any more': (world) => (orderOf(world, 'order-paid').status = 'cancelled'),
  },
  'what was told for good stays so': {
    'refunded, then paid': (world) =>
      world.history.push(
        told({ who: 'ann', deed: 'read-order', status: 200, orderId: 'order-paid', orderStatus: 'refunded' }),
      ),
    'cancelled, then pending again': (world) => {
      orderOf(world, 'order-expired').status = 'pending';
      world.history.push(
        told({ who: 'bob', deed: 'cancel-order', status: 200, orderId: 'order-expired', orderStatus: 'cancelled' }),
      );
    },
  },
  'the last answer is how it is': {
    'an answer that is not so': (world) => (orderOf(world, 'order-expired').status = 'cancelled'),
    'no answer': (world) => (present(world.history.findLast(({ who }) => who === 'roll-call')).status = 404),
  },
  'no answer is an unexpected failure': {
    'a failure': (world) => world.history.push(told({ who: 'ann', deed: 'hold', status: 500 })),
  },
  'nobody has tickets without a paid order, and every paid order has them all': {
    'good tickets of a refunded order': (world) => (ticketOf(world, 'C').status = 'valid'),
    'a void ticket of a paid order': (world) => (ticketOf(world, 'B').status = 'void'),
  },
  'no ticket code twice': {
    'two tickets with one code': (world) => (ticketOf(world, 'D').code = 'B'),
    'a code shown to two buyers': (world) =>
      world.history.push(
        told({
          who: 'bob',
          deed: 'read-tickets',
          status: 200,
          orderId: 'order-expired',
          tickets: [{ code: 'A', status: 'valid' }],
        }),
      ),
  },
  'a ticket that was shown exists': {
    'a code that is gone': (world) => (ticketOf(world, 'B').code = 'Z'),
  },
  'no ticket is let in twice': {
    'let in twice': (world) => (present(world.history.find(({ status }) => status === 409)).status = 200),
    'let in, and forgotten': (world) => (ticketOf(world, 'A').status = 'valid'),
  },
  'whoever is in was let in by someone': {
    'in by themselves': (world) => (ticketOf(world, 'B').status = 'checked_in'),
  },
  'every report of money that was acknowledged is kept': {
    'a report that is gone': (world) => world.database.reports.shift(),
  },
  'every report reaches us in the end': {
    'a report that was never taken': (world) => (present(world.stripe.events[0]).undelivered = 1),
  },
  'every queued report is settled or dead-lettered': {
    'a message that is gone': (world) =>
      present(world.topics).queued.push({ topic: 'payment.failed', eventId: 'evt_x' }),
    'messages that wait': (world) => (present(present(world.topics).unsettled[0]).messages = 3),
  },
  'only what cannot settle is given up': {
    'given up for nothing': (world) => (present(present(world.topics).deadLetters[0]).code = 'RETRIES_EXHAUSTED'),
    'given up for something else': (world) => (present(present(world.topics).deadLetters[0]).code = 'AMOUNT_MISMATCH'),
    'rejected without a reason': (world) => (present(world.database.reports[1]).reason = null),
  },
  'no hold outlives its time': {
    'still pending': (world) => (orderOf(world, 'order-expired').status = 'pending'),
  },
  'no refund is left half done': {
    'an order that waits for its refund': (world) => (orderOf(world, 'order-refunded').status = 'refunding'),
    'a refund that waits': (world) => (present(world.database.refunds[0]).status = 'requested'),
    'a refund that failed': (world) => (present(world.database.refunds[0]).status = 'failed'),
  },
  'nothing to be done outside is left undone': {
    'an effect that waits': (world) => (present(world.database.outbox[0]).isDone = false),
  },
  'nobody can still pay for an order that is over': {
    'a payment that was left open': (world) => (intentOf(world, 'pi_cancelled').status = 'requires_payment_method'),
  },
  'every order that got tickets got one email with all of their codes': {
    'no email': (world) => drop(world, 'mail-paid'),
    'no email about what was free': (world) => drop(world, 'mail-free'),
    'two emails': (world) =>
      world.history.push(mail('ann', 'mail-other', 'Your tickets', 'order-paid', 'Code: A', 'Code: B')),
    'an email that lacks a code': (world) => (mailOf(world, 'mail-paid').text = 'Code: A\nOrder order-paid'),
    "an email with another order's code": (world) => (mailOf(world, 'mail-free').text = 'Code: A\nOrder order-free'),
    'an email though there are no tickets': (world) =>
      world.history.push(mail('bob', 'mail-other', 'Your ticket', 'order-expired', 'Code: E')),
    'none, though they were good when it was seen to': (world) => (effectOf(world, 'mail-void').doneAt = 4_000),
    'none, though only a second payment went back': (world) => (effectOf(world, 'effect-1').intentId = 'pi_second'),
    'none, though it was never seen to': (world) => (effectOf(world, 'mail-void').doneAt = null),
  },
  'whoever gets money back, or loses tickets, is told so in one email, with the right amount': {
    'nothing was said': (world) => drop(world, 'mail-refunded'),
    'it was said twice': (world) =>
      world.history.push(mail('cyd', 'mail-other', 'Your refund', 'order-refunded', '€1.00 goes back the way.')),
    'another amount': (world) => (mailOf(world, 'mail-refunded').text = '€1.01 goes back\nOrder order-refunded'),
    'another reason': (world) => (mailOf(world, 'mail-refunded').subject = 'Cancelled: The Event'),
    'said to one who keeps the tickets': (world) =>
      world.history.push(mail('ann', 'mail-other', 'Your refund', 'order-paid', '€2.00 goes back the way.')),
    'nothing was said of free tickets that are void': (world) =>
      Object.assign(orderOf(world, 'order-free'), { status: 'refunded', refundReason: 'requested' }),
  },
  'an email goes to the address of its order, and to nobody else': {
    'another address': (world) => (mailOf(world, 'mail-paid').who = 'bob@example.com'),
    'two addresses': (world) => (mailOf(world, 'mail-paid').who = 'ann@example.com,bob@example.com'),
    'an order that there is not': (world) => (mailOf(world, 'mail-paid').text = 'Order nobody'),
    'about something else': (world) => (mailOf(world, 'mail-paid').subject = 'Buy more'),
  },
  'an email comes once, or again when something broke meanwhile': {
    'twice in one attempt': (world) => {
      world.history.push(mailOf(world, 'mail-paid'));
      world.disturbances = [{ fromMs: 0, toMs: 1 }];
    },
    'again for no reason': (world) => {
      effectOf(world, 'mail-paid').attempts = 2;
      world.history.push({ ...mailOf(world, 'mail-paid'), at: 10_000 });
      world.disturbances = [{ fromMs: 10_001, toMs: 20_000 }];
    },
    'one that was never asked for': (world) => (mailOf(world, 'mail-paid').messageId = 'mail-other@shop.example'),
  },
  'nothing is sold of an event that was said to be cancelled': {
    'an order placed afterwards': (world) =>
      world.history.push(
        told({ who: 'organizer', deed: 'cancel-event', status: 200, eventId: 'event-1', at: 1_000 }),
        told({ who: 'bob', deed: 'hold', status: 201, eventId: 'event-1', at: 1_003, orderId: 'order-expired' }),
      ),
  },
  'a cancelled event has no paid orders': {
    'a paid order': (world) => (typeOf(world).eventStatus = 'cancelled'),
  },
  'an event that was said to be cancelled is': {
    'still on sale': (world) =>
      world.history.push(told({ who: 'organizer', deed: 'cancel-event', status: 200, eventId: 'event-1' })),
  },
};

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
  world.stripe.refunds.push({ id: 're_2', intentId: 'pi_second', amount: 200, status: 'succeeded' });
  const refund = {
    orderId: 'order-paid',
    intentId: 'pi_second',
    amount: 200,
    reason: 'paid-twice',
    status: 'succeeded',
  };
  world.database.refunds.push(refund);
  world.database.outbox.push(effect('mail-second', 'mail', 'order-paid', { mail: 'refunded', intentId: 'pi_second' }));
  world.history.push(mail('ann', 'mail-second', 'Your refund', 'order-paid', '€2.00 goes back the way you paid.'));
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
