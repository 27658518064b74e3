import type { Call } from './http-call.ts';
import { CALLERS, newEmail, PASSWORD, type Caller, type Person } from './people.ts';
import type { World } from './world.ts';

/** One line of the table: what each caller gets for an operation on something that `buyer` or `organizer` owns. */
export interface Row {
  operation: string;
  /** What it is called on, where that makes a difference. */
  on?: string;
  /** Statuses for: nobody, buyer, stranger, organizer, rival, admin; `applicant` has those of `stranger`. */
  expected: readonly [number, number, number, number, number, number];
  /**
   * Makes something new to be called, and says how: values for the path's parameters, query, body. If a buyer is named, the
   * order is theirs, or they have an order of the event.
   */
  arrange?: (world: World, buyer?: Person) => Promise<Arranged> | Arranged;
  /** What whoever bought it gets, if neither buying nor anything else gives them the right: what they see is no 404. */
  boughtOnly?: number;
}

export interface Arranged extends Pick<Call, 'body' | 'headers'> {
  params?: Record<string, string>;
  query?: string;
}

const held = async (world: World, buyer?: Person) => ({ params: { id: await world.heldOrder(buyer) } });
const paid = async (world: World, buyer?: Person) => ({ params: { id: await world.paidOrder(buyer) } });
const ticket = async (world: World, buyer?: Person) => ({ params: { code: await world.ticketCode(buyer) } });
const checkedIn = async (world: World, buyer?: Person) => ({ params: { code: await world.checkedInCode(buyer) } });
const onSale = async (world: World, buyer?: Person) => {
  const event = await world.event();
  if (buyer) await world.buy(event, buyer);
  return event;
};
const published = async (world: World, buyer?: Person) => ({ params: { id: (await onSale(world, buyer)).eventId } });
const cancelled = async (world: World, buyer?: Person) => ({
  params: { id: buyer ? await world.cancelledEvent(buyer) : (await world.event('cancelled')).eventId },
});
const draft = async (world: World) => ({ params: { id: (await world.event('draft')).eventId } });
const refreshToken = async (world: World) => ({ body: { refreshToken: await world.refreshToken() } });
const change = { body: changeOfAll() };
const line = (ticketTypeId: string) => ({ ticketTypeId, quantity: 1 });
const purchase = ({ eventId, ticketTypeId }: { eventId: string; ticketTypeId: string }) => ({
  body: { eventId, lines: [line(ticketTypeId)] },
});

function newEvent(): Arranged {
  return { body: { title: 'Show', venue: 'Hall', currency: 'EUR', ...tomorrow(), ticketTypes: [newTicketType()] } };
}

/** Another name and date, and a ticket type more; `id` would name one that there is. */
function changeOfAll() {
  return { title: 'Changed', ...tomorrow(), ticketTypes: [{ ...newTicketType(), id: undefined }] };
}

function newTicketType() {
  return {
    name: 'Standing',
    description: '',
    price: 2_500,
    capacity: 10,
    maxPerOrder: 5,
    salesStart: null,
    salesEnd: null,
  };
}

function tomorrow() {
  const [startsAt, endsAt] = [86_400_000, 90_000_000].map((ms) => new Date(Date.now() + ms).toISOString());
  return { startsAt, endsAt };
}

/** What a caller gets. Until they are approved, organizers get what customers get. */
export function expectedOf({ expected }: Row, caller: Caller): number {
  return expected[CALLERS.indexOf(caller === 'applicant' ? 'stranger' : caller)] ?? 0;
}

/**
 * What a caller gets for what they have bought of `organizer`'s event. Buying gives what it gives to `buyer`, whatever the
 * role of who bought; and it gives no right over the event: there, everyone has what they have without it.
 */
export function expectedIfBought(row: Row, caller: Caller): number {
  const asBefore = expectedOf(row, caller);
  const asBuyer = expectedOf(row, 'buyer');
  if (asBefore < 400 || asBefore === 409) return asBefore;
  if (asBuyer < 400) return asBuyer;
  return asBefore === 404 ? (row.boughtOnly ?? 404) : asBefore;
}

/**
 * Who may do what. 401: sign in first. 403: not for this role, or a published event of someone else. 404: someone else's
 * order, ticket or draft, which are as good as not there.
 */
export const AUTHORISATION: readonly Row[] = [
  //                                        nobody buyer stranger organizer rival admin
  { operation: 'register', expected: [201, 201, 201, 201, 201, 201], arrange: () => ({ body: registration() }) },
  { operation: 'login', expected: [401, 401, 401, 401, 401, 401], arrange: () => ({ body: wrongPassword() }) },
  { operation: 'refresh', expected: [200, 200, 200, 200, 200, 200], arrange: refreshToken },
  { operation: 'logout', expected: [204, 204, 204, 204, 204, 204], arrange: refreshToken },
  { operation: 'me', expected: [401, 200, 200, 200, 200, 200] },

  { operation: 'listEvents', expected: [200, 200, 200, 200, 200, 200] },
  { operation: 'readEvent', on: 'a published one', expected: [200, 200, 200, 200, 200, 200], arrange: published },
  { operation: 'readEvent', on: 'a draft', expected: [404, 404, 404, 200, 404, 200], arrange: draft },
  { operation: 'createEvent', expected: [401, 403, 403, 201, 201, 201], arrange: newEvent },
  {
    operation: 'changeEvent',
    on: 'a published one',
    expected: [401, 403, 403, 200, 403, 200],
    arrange: async (world, buyer) => ({ ...(await published(world, buyer)), ...change }),
  },
  {
    operation: 'changeEvent',
    on: 'a draft',
    expected: [401, 403, 403, 200, 404, 200],
    arrange: async (world) => ({ ...(await draft(world)), ...change }),
  },
  { operation: 'publishEvent', on: 'a draft', expected: [401, 403, 403, 200, 404, 200], arrange: draft },
  {
    operation: 'cancelEvent',
    on: 'a published one',
    expected: [401, 403, 403, 200, 403, 200],
    arrange: async (world, buyer) => ({ ...(await published(world, buyer)), body: {} }),
  },
  { operation: 'cancelEvent', on: 'a draft', expected: [401, 403, 403, 200, 404, 200], arrange: draft },
  {
    operation: 'readCancellation',
    on: 'a cancelled one',
    expected: [401, 403, 403, 200, 404, 200],
    arrange: cancelled,
  },
  {
    operation: 'readCancellation',
    on: 'a published one',
    expected: [401, 403, 403, 409, 404, 409],
    arrange: published,
  },
  {
    operation: 'readAvailability',
    on: 'a published one',
    expected: [200, 200, 200, 200, 200, 200],
    arrange: published,
  },
  { operation: 'readAvailability', on: 'a draft', expected: [404, 404, 404, 200, 404, 200], arrange: draft },

  {
    operation: 'placeOrder',
    on: 'a published event',
    expected: [401, 201, 201, 201, 201, 201],
    arrange: async (world, buyer) => purchase(await onSale(world, buyer)),
  },
  {
    operation: 'placeOrder',
    on: 'a draft',
    expected: [401, 409, 409, 409, 409, 409],
    arrange: async (world) => purchase(await world.event('draft')),
  },
  // Whose orders the list has is a test of its own.
  { operation: 'listOrders', expected: [401, 200, 200, 200, 200, 200] },
  { operation: 'readOrder', expected: [401, 200, 404, 200, 404, 200], arrange: held },
  { operation: 'startPayment', expected: [401, 200, 404, 404, 404, 404], arrange: held },
  { operation: 'cancelOrder', expected: [401, 200, 404, 404, 404, 404], arrange: held },
  {
    operation: 'refundOrder',
    expected: [401, 403, 403, 202, 404, 202],
    arrange: async (world, buyer) => ({ ...(await paid(world, buyer)), body: {} }),
    // They see the order, and may not send themselves the money.
    boughtOnly: 403,
  },
  { operation: 'listTickets', expected: [401, 200, 404, 200, 404, 200], arrange: paid },
  // Knowing the code is the right to see it.
  { operation: 'readTicketQr', expected: [200, 200, 200, 200, 200, 200], arrange: ticket },
  { operation: 'checkInTicket', expected: [401, 403, 403, 200, 404, 200], arrange: ticket },
  {
    operation: 'checkInTicket',
    on: 'a ticket of another event than the one they name',
    expected: [401, 403, 403, 409, 404, 409],
    arrange: async (world, buyer) => ({ ...(await ticket(world, buyer)), body: { eventId: crypto.randomUUID() } }),
  },
  { operation: 'undoCheckIn', expected: [401, 403, 403, 200, 404, 200], arrange: checkedIn },
  // Only Stripe's signature counts, whoever asks.
  { operation: 'stripeWebhook', expected: [400, 400, 400, 400, 400, 400], arrange: () => ({ body: {} }) },

  { operation: 'readHealth', expected: [200, 200, 200, 200, 200, 200] },
  { operation: 'readOpenApi', expected: [200, 200, 200, 200, 200, 200] },
  { operation: 'readDocs', expected: [200, 200, 200, 200, 200, 200] },
  { operation: 'readRoot', expected: [302, 302, 302, 302, 302, 302] },
];

function registration() {
  return { email: newEmail(), password: PASSWORD, name: 'Someone' };
}

function wrongPassword() {
  return { email: newEmail(), password: 'not the password' };
}
