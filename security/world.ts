import { insertEvent, type NewEvent } from '@ticketing/testing/catalogue';
import { waitUntil } from '@ticketing/testing/wait-until';
import { Session } from '@ticketing/types/account';
import { Order } from '@ticketing/types/order';
import { Ticket } from '@ticketing/types/ticket';
import { z } from 'zod';
import { call } from './http-call.ts';
import { newEmail, PASSWORD, registerPeople, type People, type Person } from './people.ts';
import { startPlatform, type Platform, type PlatformOptions } from './platform.ts';

/** The platform with people in it, and ways to make what they call: each time something new. */
export interface World extends Platform {
  people: People;
  /** An event of `organizer`; tickets are free unless a price is given, and a free order is paid at once. */
  event: (status?: NewEvent['status'], price?: number) => Promise<{ eventId: string; ticketTypeId: string }>;
  /** An order of someone for a ticket of such an event. */
  buy: (ticket: { eventId: string; ticketTypeId: string }, buyer: Person) => Promise<string>;
  /** An order that someone holds; `buyer` if nobody is named. */
  heldOrder: (buyer?: Person) => Promise<string>;
  /** An order that someone has, with a ticket. */
  paidOrder: (buyer?: Person) => Promise<string>;
  /** The code of a ticket of such an order. */
  ticketCode: (buyer?: Person) => Promise<string>;
  /** The code of such a ticket that `organizer` has let in. */
  checkedInCode: (buyer?: Person) => Promise<string>;
  /** A cancelled event of `organizer`'s, which someone had bought a ticket of, and has their money back. */
  cancelledEvent: (buyer: Person) => Promise<string>;
  refreshToken: () => Promise<string>;
}

const PRICE = 2_500;

export async function openWorld(options?: PlatformOptions): Promise<World> {
  const platform = await startPlatform(options);
  const people = await registerPeople(platform);
  const event: World['event'] = (status = 'published', price = 0) =>
    insertEvent(platform.admin, [{ price }], { organizerId: people.ids.organizer, status });
  const buy: World['buy'] = async ({ eventId, ticketTypeId }, buyer) => {
    const body = { eventId, lines: [{ ticketTypeId, quantity: 1 }] };
    const { body: placed } = await call('POST', `${platform.url}/orders`, { token: people.token(buyer), body });
    return Order.parse(placed).id;
  };
  const paidOrder = async (buyer: Person = 'buyer') => buy(await event(), buyer);
  const ticketCode: World['ticketCode'] = async (buyer = 'buyer') => {
    const url = `${platform.url}/orders/${await paidOrder(buyer)}/tickets`;
    const { body } = await call('GET', url, { token: people.token(buyer) });
    return z.tuple([Ticket]).parse(body)[0].code;
  };
  return {
    ...platform,
    people,
    event,
    buy,
    heldOrder: async (buyer = 'buyer') => buy(await event('published', PRICE), buyer),
    paidOrder,
    ticketCode,
    checkedInCode: async (buyer) => {
      const code = await ticketCode(buyer);
      await call('POST', `${platform.url}/tickets/${code}/check-in`, { token: people.token('organizer') });
      return code;
    },
    cancelledEvent: async (buyer) => {
      const bought = await event();
      const orderId = await buy(bought, buyer);
      await platform.admin.query(`update events.events set status = 'cancelled' where id = $1`, [bought.eventId]);
      const url = `${platform.url}/orders/${orderId}`;
      await waitUntil('the order to be refunded', async () => {
        const { body } = await call('GET', url, { token: people.token(buyer) });
        return Order.parse(body).status === 'refunded';
      });
      return bought.eventId;
    },
    refreshToken: async () => {
      const body = { email: newEmail(), password: PASSWORD, name: 'Someone' };
      return Session.parse((await call('POST', `${platform.url}/auth/register`, { body })).body).refreshToken;
    },
  };
}
