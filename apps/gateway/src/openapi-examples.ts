import { EventSummary } from '@ticketing/types/event';

/** What one call is sent and answered with, in one story that all examples are parts of. */
export interface CallExample {
  body?: unknown;
  answers?: Partial<Record<number, unknown>>;
}

/** Stands in for what the caller has to fill in; the page writes it as a variable of the shell. */
export const placeholders = {
  EVENT_ID: '019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10',
  TICKET_TYPE_ID: '019ac3f0-5b1e-7c7d-a1f1-4a02c6d1b7e3',
  ORDER_ID: '019ac3f4-8d70-7e02-9c54-6b1fd3a9e841',
  REFRESH_TOKEN: 'q8Zk0Jm5vR1yXc3TnWb7HdLs9PfGa2Ue4KiOoMzNjQw',
} as const;

const TICKET_CODE = '7ZKQ3M9T0XWRV5N8J2H4C6B1DE';
const INTENT = 'pi_3SWx2eKj9mQ0pLr1';

/**
 * Examples of every body and answer in JSON, by the operation's id. Grace publishes an event, Ada buys two tickets of it;
 * a test does the same with a running platform and compares.
 * @param now events lie in the year after it, since nothing can be sold of one that is over
 */
export function callExamples(now = new Date()): Record<string, CallExample> {
  const year = now.getUTCFullYear();
  const { organizer, buyer } = people();
  const event = publishedEvent(year + 1, organizer.id);
  const [standing] = event.ticketTypes;
  const order = heldOrder(year, event);
  const paying = { ...order, payment: payment('open') };
  const paid = { ...order, status: 'paid', paidAt: at(year, '11-27T10:09:41.302'), payment: payment('succeeded') };
  const ticket = { id: '019ac3f6-21b8-7d1a-8f0e-92c7d45e6a13', ticketTypeId: standing.id, code: TICKET_CODE };
  const atDoor = { event: { id: event.id, title: event.title }, ticketType: { id: standing.id, name: standing.name } };
  const valid = { ...ticket, status: 'valid', checkedInAt: null };
  const session = { accessToken: 'eyJhbGciOiJIUzI1NiIs…', refreshToken: placeholders.REFRESH_TOKEN, expiresIn: 900 };
  const registration = { email: buyer.email, password: 'correct horse battery' };
  return {
    register: { body: { ...registration, name: buyer.name }, answers: { 201: { user: buyer, ...session } } },
    login: { body: registration, answers: { 200: { user: buyer, ...session } } },
    refresh: {
      body: { refreshToken: placeholders.REFRESH_TOKEN },
      answers: { 200: { user: buyer, ...session, refreshToken: 'Xb2LkD8sVw0TqYc6JrNe4MhPz7UgAo1Fi9EuKtRyHvI' } },
    },
    logout: { body: { refreshToken: placeholders.REFRESH_TOKEN } },
    me: { answers: { 200: buyer } },

    listEvents: { answers: { 200: { items: [EventSummary.parse(event)], nextCursor: null } } },
    createEvent: { body: newEvent(year + 1), answers: { 201: event } },
    readEvent: { answers: { 200: event } },
    changeEvent: {
      body: { venue: 'Konzerthaus, Vienna', ticketTypes: [{ id: standing.id, capacity: 600 }] },
      answers: {
        200: {
          ...event,
          ...changed(event, 2),
          venue: 'Konzerthaus, Vienna',
          ticketTypes: [{ ...standing, capacity: 600 }, ...event.ticketTypes.slice(1)],
        },
      },
    },
    publishEvent: { answers: { 200: { ...event, ...changed(event, 2) } } },
    cancelEvent: {
      body: { evenIfOver: false },
      answers: { 200: { ...event, ...changed(event, 2), status: 'cancelled' } },
    },
    readAvailability: {
      answers: {
        200: {
          eventId: event.id,
          ticketTypes: event.ticketTypes.map(({ id, capacity }, index) => {
            const held = index === 0 ? 2 : 0;
            return { ticketTypeId: id, capacity, held, sold: 0, available: capacity - held };
          }),
          asOf: at(year, '11-27T10:07:30.118'),
        },
      },
    },
    readCancellation: {
      answers: {
        200: {
          eventId: event.id,
          status: 'finished',
          startedAt: at(year, '11-27T10:20:00.871'),
          orders: { pending: 0, paid: 0, refunding: 0, refunded: 1, stuck: 0 },
          asOf: at(year, '11-27T10:21:12.004'),
        },
      },
    },

    placeOrder: {
      body: { eventId: event.id, lines: [{ ticketTypeId: standing.id, quantity: 2 }] },
      answers: { 200: order, 201: order },
    },
    listOrders: { answers: { 200: { items: [order], nextCursor: null } } },
    readOrder: { answers: { 200: order } },
    startPayment: { answers: { 200: paying } },
    cancelOrder: { answers: { 200: { ...order, status: 'cancelled' } } },
    refundOrder: {
      body: { includeCheckedIn: false },
      answers: { 202: { ...paid, status: 'refunding', refundReason: 'requested' } },
    },
    stripeWebhook: { body: stripeEvent(order), answers: { 200: { received: true, outcome: 'paid' } } },

    listTickets: {
      answers: {
        200: [valid, { ...valid, id: '019ac3f6-21b8-7d1a-8f0e-a41f0c8b7d92', code: '2H8XW4N6C0RZT1V9QKJ5M3B7EA' }],
      },
    },
    undoCheckIn: { body: { eventId: event.id }, answers: { 200: { ...valid, ...atDoor } } },
    checkInTicket: {
      body: { eventId: event.id },
      answers: { 200: { ...valid, ...atDoor, status: 'checked_in', checkedInAt: at(year + 1, '06-12T17:02:09.550') } },
    },

    readHealth: {
      answers: {
        200: { status: 'ok', services: { gateway: 'ok', events: 'ok', orders: 'ok' } },
        503: { status: 'down', services: { gateway: 'ok', events: 'ok', orders: 'down' } },
      },
    },
  };
}

function people() {
  return {
    organizer: { id: '019ac3e1-0c44-7a5b-b2d8-1e90f7c3a655' },
    buyer: {
      id: '019ac3f2-6f0a-7b91-8c37-d5e2a4b10f78',
      email: 'ada@example.com',
      name: 'Ada Lovelace',
      role: 'customer',
    },
  };
}

/** What an organizer sends: times are local to the venue, what has a default is left out where it fits. */
function newEvent(year: number) {
  return {
    title: 'Night of the Proms',
    description: 'An evening of film music.\n\nDoors open an hour before.',
    venue: 'Musikverein, Vienna',
    timezone: 'Europe/Vienna',
    startsAt: `${year}-06-12T20:00:00+02:00`,
    endsAt: `${year}-06-12T22:30:00+02:00`,
    currency: 'EUR',
    ticketTypes: [
      { name: 'Standing', price: 4500, capacity: 500 },
      { name: 'Balcony', description: 'Seats are free to choose', price: 7200, capacity: 120, maxPerOrder: 6 },
    ] as const,
  };
}

function publishedEvent(year: number, organizerId: string) {
  const { ticketTypes, ...event } = newEvent(year);
  const defaults = { description: '', maxPerOrder: 10, maxPerBuyer: null, salesStart: null, salesEnd: null };
  const [standing, balcony] = ticketTypes;
  return {
    id: placeholders.EVENT_ID,
    ...event,
    startsAt: at(year, '06-12T18:00:00.000'),
    endsAt: at(year, '06-12T20:30:00.000'),
    status: 'published',
    maxPerBuyer: null,
    organizerId,
    version: 1,
    createdAt: at(year - 1, '11-27T09:58:02.417'),
    updatedAt: at(year - 1, '11-27T09:58:02.417'),
    ticketTypes: [
      { id: placeholders.TICKET_TYPE_ID, ...defaults, ...standing },
      { id: '019ac3f0-5b1e-7c7d-a1f1-5d9e83f240ac', ...defaults, ...balcony },
    ] as const,
  };
}

function changed({ updatedAt }: { updatedAt: string }, version: number) {
  return { version, updatedAt: updatedAt.replace('T09:58', 'T10:03') };
}

function heldOrder(year: number, event: ReturnType<typeof publishedEvent>) {
  const [{ id, name, price }] = event.ticketTypes;
  const line = { ticketTypeId: id, name, quantity: 2, unitPrice: price };
  return {
    id: placeholders.ORDER_ID,
    eventId: event.id,
    email: people().buyer.email,
    status: 'pending',
    lines: [line],
    total: line.quantity * line.unitPrice,
    currency: event.currency,
    expiresAt: at(year, '11-27T10:22:05.760'),
    createdAt: at(year, '11-27T10:07:05.760'),
    paidAt: null,
    refundReason: null,
    payment: null,
  };
}

function payment(status: 'open' | 'succeeded') {
  return {
    provider: 'stripe',
    intentId: INTENT,
    clientSecret: status === 'open' ? `${INTENT}_secret_u7Vd` : null,
    status,
  };
}

/** What of an event of Stripe's is read (https://docs.stripe.com/api/events/object). */
function stripeEvent({ id, total, currency, createdAt }: ReturnType<typeof heldOrder>) {
  const paymentIntent = {
    id: INTENT,
    object: 'payment_intent',
    status: 'succeeded',
    amount: total,
    amount_received: total,
    currency: currency.toLowerCase(),
    metadata: { order_id: id },
  };
  return {
    id: 'evt_3SWx2eKj9mQ0pLr1A',
    object: 'event',
    created: Math.floor(Date.parse(createdAt) / 1000) + 156,
    livemode: false,
    type: 'payment_intent.succeeded',
    data: { object: paymentIntent },
  };
}

/** `at(2027, '06-12T18:00:00.000')`, in UTC */
function at(year: number, rest: string): string {
  return `${year}-${rest}Z`;
}
