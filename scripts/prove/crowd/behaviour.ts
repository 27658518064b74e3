import { present } from '@ticketing/service-kit/present';
import { noOrder, type Buyer, type Hold } from './buyer.ts';
import type { Organizer } from './organizer.ts';
import type { EventOnSale } from './place.ts';
import type { Way } from './ways.ts';

/** One person's visit, from the hold to whatever they make of it. */
export async function visit(buyer: Buyer, organizer: Organizer): Promise<Way | 'got nothing'> {
  const { random } = buyer;
  const way = random.weighted(buyer.place.ways);
  const event = chooseEvent(buyer);
  const hold = (await buyer.hold(chooseLines(buyer, event), event.id)) ?? (await tryOthers(buyer, event));
  if (!hold) return 'got nothing';
  if (hold.status === 'pending') await WAY[way](buyer, hold);
  await stay(buyer, hold, organizer);
  return way;
}

const WAY: Record<Way, (buyer: Buyer, hold: Hold) => Promise<unknown>> = {
  pays: async (buyer, hold) => {
    await thinkItOver(buyer);
    return payFor(buyer, hold);
  },
  'clicks twice': async (buyer, hold) => {
    await thinkItOver(buyer);
    const { orderId } = hold;
    const [first, second] = await Promise.all([buyer.startPayment(orderId), buyer.startPayment(orderId)]);
    const intentId = first ?? second;
    if (!intentId) return;
    await Promise.all([buyer.pay(orderId, intentId), buyer.pay(orderId, second ?? intentId)]);
  },
  'pays twice': async (buyer, hold) => {
    const { orderId, total } = hold;
    const intentId = await buyer.startPayment(orderId);
    const other = await buyer.foreignIntent(orderId, total, 'same-order');
    const both = [intentId, other].filter((id) => id !== undefined);
    await Promise.all(both.map((id) => buyer.pay(orderId, id)));
  },
  'pays late': async (buyer, hold) => {
    const intentId = await buyer.startPayment(hold.orderId);
    const overMs = hold.heldAtMs + buyer.place.holdSeconds * 1_000 - Date.now();
    await buyer.dawdle(Math.max(0, overMs - 300), Math.max(0, overMs) + 2_000);
    const isPaid = intentId !== undefined && (await buyer.pay(hold.orderId, intentId));
    if (isPaid || buyer.random.chance(0.4)) return;
    // The shop has cancelled its own payment; money can still come by one that it does not know.
    const other = await buyer.foreignIntent(hold.orderId, hold.total, 'same-order');
    if (other) await buyer.pay(hold.orderId, other);
  },
  'pays by debit': async (buyer, hold) => {
    const { random, place } = buyer;
    const intentId = await buyer.startPayment(hold.orderId);
    await thinkItOver(buyer);
    if (!intentId || !(await buyer.pay(hold.orderId, intentId, 'sepaDebit'))) return;
    // Some get impatient; the bank takes its time, for some more than the hold lasts.
    if (random.chance(0.1)) await buyer.cancel(hold.orderId);
    await buyer.dawdle(100, place.holdSeconds * 2_000);
    const isPaid = await buyer.awaitDebit(hold.orderId, intentId, random.chance(0.7));
    if (!isPaid && random.chance(0.4)) await buyer.pay(hold.orderId, intentId);
  },
  'is declined first': async (buyer, hold) => {
    const intentId = await buyer.startPayment(hold.orderId);
    if (!intentId) return;
    await buyer.pay(hold.orderId, intentId, 'declined');
    await buyer.dawdle(100, 800);
    await payFor(buyer, hold);
  },
  'gives up': async (buyer, hold) => (buyer.random.chance(0.5) ? buyer.startPayment(hold.orderId) : undefined),
  cancels: async (buyer, hold) => {
    await thinkItOver(buyer);
    return buyer.cancel(hold.orderId);
  },
  'cancels after starting to pay': async (buyer, hold) => {
    await buyer.startPayment(hold.orderId);
    await buyer.dawdle(50, 500);
    return buyer.cancel(hold.orderId);
  },
  'cancels while paying': async (buyer, hold) => {
    const intentId = await buyer.startPayment(hold.orderId);
    await Promise.all([buyer.cancel(hold.orderId), intentId && buyer.pay(hold.orderId, intentId)]);
  },
  'pays another amount': async (buyer, hold) => {
    const intentId = await buyer.foreignIntent(hold.orderId, hold.total + 100, 'other-amount');
    if (intentId) await buyer.pay(hold.orderId, intentId);
  },
  'pays for nothing': async (buyer, hold) => {
    const orderId = noOrder();
    const intentId = await buyer.foreignIntent(orderId, hold.total, 'unknown-order');
    if (intentId) await buyer.pay(orderId, intentId);
  },
  hoards: async (buyer, hold) => {
    const event = present(buyer.place.events.find(({ id }) => id === hold.eventId));
    // What costs nothing is sold at once, and held by nobody.
    const priced = event.ticketTypes.filter(({ price }) => price > 0);
    const more = Array.from({ length: HOARDED }, () => buyer.random.pick(priced));
    await Promise.all(more.map(({ id }) => buyer.hold([{ ticketTypeId: id, quantity: 1 }], event.id)));
    return payFor(buyer, hold);
  },
};

/** Holds that someone wants besides the first, all at once: more than they may have. */
const HOARDED = 5;

async function payFor(buyer: Buyer, { orderId }: Hold): Promise<void> {
  const intentId = await buyer.startPayment(orderId);
  if (intentId) await buyer.pay(orderId, intentId);
}

/** How often someone looks whether they are paid, before they close the page. */
const LOOKS = 8;
const SETTLED = ['paid', 'refunding', 'refunded', 'cancelled', 'expired'];

/** Looks at the order for a while; gets the tickets; goes to the door, perhaps with two who hold the same code. */
async function stay(buyer: Buyer, hold: Hold, organizer: Organizer): Promise<void> {
  const { random } = buyer;
  const { orderId } = hold;
  for (let look = 0; look < LOOKS; look++) {
    const status = await buyer.readOrder(orderId);
    if (status === 'paid') {
      const codes = await buyer.readTickets(orderId);
      if (random.chance(0.3)) await Promise.all(codes.map((code) => goIn(buyer, code, hold, organizer)));
      if (random.chance(0.04)) await organizer.refund(orderId);
      else if (random.chance(0.03)) await organizer.refundByHand(orderId);
      else if (random.chance(0.1)) await getPartBack(buyer, orderId, organizer);
      return;
    }
    if (status !== undefined && SETTLED.includes(status)) return;
    await buyer.dawdle(200, 900);
    if (buyer.place.signal.aborted) return;
  }
}

/** To the wrong door first, perhaps; then two with the same code; then out again, perhaps, which two see, and in. */
async function goIn({ random, place }: Buyer, code: string, hold: Hold, organizer: Organizer): Promise<void> {
  const otherEvent = place.events.find(({ id }) => id !== hold.eventId);
  if (otherEvent && random.chance(0.3)) await organizer.letIn(code, otherEvent.id);
  await Promise.all([organizer.letIn(code), organizer.letIn(code, hold.eventId)]);
  if (random.chance(0.6)) return;
  await Promise.all([organizer.takeBack(code), organizer.takeBack(code)]);
  if (random.chance(0.5)) await Promise.all([organizer.letIn(code), organizer.takeBack(code)]);
}

/** A part goes back by hand; then perhaps the rest, by hand or through the shop. */
async function getPartBack({ random, dawdle }: Buyer, orderId: string, organizer: Organizer): Promise<void> {
  await organizer.refundByHand(orderId, random.next());
  const next = random.weighted({ nothing: 45, refund: 35, 'by hand': 20 });
  if (next === 'nothing') return;
  await dawdle(0, 1_500);
  await (next === 'refund' ? organizer.refund(orderId) : organizer.refundByHand(orderId));
}

function thinkItOver(buyer: Buyer): Promise<void> {
  return buyer.dawdle(0, buyer.place.holdSeconds * 600);
}

function chooseEvent({ random, place }: Buyer): EventOnSale {
  const [main, other] = place.events;
  return present(random.chance(0.7) ? main : (other ?? main));
}

/** Whoever got nothing takes what is left, a single ticket of any kind. */
async function tryOthers(buyer: Buyer, event: EventOnSale): Promise<Hold | undefined> {
  for (let attempt = 0; attempt < OTHERS_TRIED; attempt++) {
    await buyer.dawdle(200, 1_500);
    const { id } = buyer.random.pick(event.ticketTypes);
    const hold = await buyer.hold([{ ticketTypeId: id, quantity: 1 }], event.id);
    if (hold) return hold;
  }
  return undefined;
}

const OTHERS_TRIED = 2;

/** Most want the first ticket type; some want two kinds at once, in either order. */
function chooseLines({ random }: Buyer, { ticketTypes }: EventOnSale) {
  const [hot] = ticketTypes;
  const one = random.chance(0.5) ? present(hot) : random.pick(ticketTypes);
  const two = random.chance(0.4) ? random.pick(ticketTypes) : one;
  const wanted = two.id === one.id ? [one] : random.chance(0.5) ? [one, two] : [two, one];
  return wanted.map(({ id }) => ({ ticketTypeId: id, quantity: random.between(1, 3) }));
}
