import { present } from '@ticketing/service-kit/present';
import { intentOf, order, orderOf, seats, stripeRefund, ticketOf, told, typeOf, type Spoil } from './prove-rows.ts';

/** For each rule about money, seats, answers and reports, everything that breaks it. */
export const ORDER_SPOILS: Record<string, Record<string, Spoil>> = {
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
  'each succeeded payment is one paid order, or all of it went back, or it waits with a reason': {
    'a payment that came to nothing': (world) => (orderOf(world, 'order-paid').paidIntentId = 'pi_other'),
    'a payment kept and sent back': (world) => world.stripe.refunds.push(stripeRefund('4', 'pi_paid', 150)),
    'a payment sent back twice': (world) => world.stripe.refunds.push(stripeRefund('4', 'pi_refunded', 100)),
    'a payment of which more went back than was received': (world) =>
      world.stripe.refunds.push(stripeRefund('4', 'pi_refunded', 1)),
    'a payment of which a part went back, and nothing else came of it': (world) =>
      (present(world.stripe.refunds[0]).amount = 69),
    'a refund that failed after it had succeeded': (world) => (present(world.stripe.refunds[0]).status = 'failed'),
    'one payment for two orders': (world) => (orderOf(world, 'order-free').paidIntentId = 'pi_paid'),
    'a refund of what was never paid': (world) => world.stripe.refunds.push(stripeRefund('4', 'pi_cancelled', 100)),
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
    'nobody refunded it by hand': (world) =>
      (world.history = world.history.filter(({ deed }) => deed !== 'refund-by-hand')),
  },
  'each refund here is one at Stripe, with its amount and state, and the other way round': {
    'another amount': (world) => (present(world.database.refunds[2]).amount = 200),
    'another currency': (world) => (present(world.database.refunds[0]).currency = 'USD'),
    'another payment': (world) => (present(world.database.refunds[0]).intentId = 'pi_paid'),
    'success, which Stripe calls something else': (world) => (present(world.stripe.refunds[2]).status = 'canceled'),
    'a failure, which Stripe calls success': (world) => (present(world.database.refunds[2]).status = 'failed'),
    'one that Stripe does not have': (world) => world.stripe.refunds.pop(),
    'success of nothing': (world) => (present(world.database.refunds[0]).stripeId = null),
    'one of Stripe that is not here': (world) => world.database.refunds.pop(),
    'one of Stripe that is here twice': (world) => (present(world.database.refunds[1]).stripeId = 're_1'),
    'one that was retried though it had succeeded': (world) => {
      const [row] = world.database.refunds;
      Object.assign(present(row), { formerStripeIds: ['re_1'], stripeId: 're_4' });
      world.stripe.refunds.push(stripeRefund('4', 'pi_refunded', 70));
    },
  },
  'whoever keeps tickets got money back by hand only': {
    'a refund of ours': (world) => (present(world.database.refunds[2]).reason = 'requested'),
  },
  'only a refund that failed at Stripe is left to a person': {
    'one that never failed': (world) =>
      world.history.push(told({ who: 'operator', deed: 'retry-refund', status: 0, refundId: '1' })),
  },
  'replicas of the release before know of each refund of ours': {
    'none is known': (world) => (world.database.mirroredRefunds = []),
    'another amount': (world) => (present(world.database.mirroredRefunds[0]).amount = 100),
    'another state': (world) => (present(world.database.mirroredRefunds[0]).status = 'requested'),
  },
  'nobody has more tickets than one buyer may have': {
    'two orders that are too many together': (world) => {
      Object.assign(orderOf(world, 'order-expired'), { status: 'pending', buyerId: 'ann' });
    },
    'too many of one type': (world) => (typeOf(world).maxPerBuyer = 1),
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
};
