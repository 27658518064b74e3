import { signAccessToken } from '@ticketing/service-kit/access-token';
import type { Random } from '../random.ts';
import type { RecordedHttp } from './http.ts';
import type { Ways } from './ways.ts';

export interface TicketTypeOnSale {
  id: string;
  /** Minor units. */
  price: number;
  capacity: number;
}

export interface EventOnSale {
  id: string;
  ticketTypes: TicketTypeOnSale[];
}

/** Where a crowd buys. */
export interface Place {
  http: RecordedHttp;
  /** The shop's origin. */
  url: string;
  /** The local Stripe's. */
  stripeUrl: string;
  holdSeconds: number;
  jwtSecret: string;
  organizer: { id: string; email: string };
  /** The one that stays, and the one that is cancelled while it sells. */
  events: EventOnSale[];
  ways: Ways;
  random: Random;
  signal: AbortSignal;
}

/** Tokens are signed here: that passwords are checked well is proven elsewhere, and slow on purpose. */
export function tokenFor(
  { jwtSecret }: Pick<Place, 'jwtSecret'>,
  user: { id: string; email: string },
  role: 'customer' | 'organizer' = 'customer',
): string {
  return signAccessToken({ current: jwtSecret }, { ...user, role });
}

/** Stripe's secret key in the local Stripe, for what is done past the shop. */
export const STRIPE_KEY = 'sk_test_prove';
