import { drop, effectOf, intentOf, mail, mailOf, orderOf, seats, told, typeOf, type Spoil } from './prove-rows.ts';

/** For each rule about prices, events and emails, everything that breaks it. */
export const MAIL_SPOILS: Record<string, Record<string, Spoil>> = {
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
      world.history.push(mail('cyd', 'mail-other', 'Your refund', 'order-refunded', '€0.70 goes back the way.')),
    'another amount': (world) => (mailOf(world, 'mail-refunded').text = '€1.00 goes back\nOrder order-refunded'),
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
