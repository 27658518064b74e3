import { insertEvent, type NewEvent } from '@ticketing/testing/catalogue';
import { Session } from '@ticketing/types/account';
import { Order } from '@ticketing/types/order';
import { Ticket } from '@ticketing/types/ticket';
import { z } from 'zod';
import { call } from './http-call.ts';
import { newEmail, PASSWORD, registerPeople, type People } from './people.ts';
import { startPlatform, type Platform, type PlatformOptions } from './platform.ts';

/** The platform with people in it, and ways to make what they call: each time something new. */
export interface World extends Platform {
  people: People;
  /** An event of `organizer`; tickets are free unless a price is given, and a free order is paid at once. */
  event: (status?: NewEvent['status'], price?: number) => Promise<{ eventId: string; ticketTypeId: string }>;
  /** An order that `buyer` holds. */
  heldOrder: () => Promise<string>;
  /** An order that `buyer` has, with a ticket. */
  paidOrder: () => Promise<string>;
  /** The code of a ticket of such an order. */
  ticketCode: () => Promise<string>;
  refreshToken: () => Promise<string>;
}

const PRICE = 2_500;

export async function openWorld(options?: PlatformOptions): Promise<World> {
  const platform = await startPlatform(options);
  const people = await registerPeople(platform);
  const event: World['event'] = (status = 'published', price = 0) =>
    insertEvent(platform.admin, [{ price }], { organizerId: people.ids.organizer, status });
  const order = async (price: number) => {
    const { eventId, ticketTypeId } = await event('published', price);
    const body = { eventId, lines: [{ ticketTypeId, quantity: 1 }] };
    const { body: placed } = await call('POST', `${platform.url}/orders`, { token: people.token('buyer'), body });
    return Order.parse(placed).id;
  };
  const paidOrder = () => order(0);
  return {
    ...platform,
    people,
    event,
    heldOrder: () => order(PRICE),
    paidOrder,
    ticketCode: async () => {
      const url = `${platform.url}/orders/${await paidOrder()}/tickets`;
      const { body } = await call('GET', url, { token: people.token('buyer') });
      return z.tuple([Ticket]).parse(body)[0].code;
    },
    refreshToken: async () => {
      const body = { email: newEmail(), password: PASSWORD, name: 'Someone' };
      return Session.parse((await call('POST', `${platform.url}/auth/register`, { body })).body).refreshToken;
    },
  };
}
