import { setTimeout as wait } from 'node:timers/promises';
import { Event } from '@ticketing/types/event';
import { call } from '../../run/http-call.ts';
import { MAX_BOX_TICKETS, MAX_TICKETS } from '../settings.ts';
import { tokenFor, type EventOnSale, type Place } from './place.ts';

/** Tickets that there are for each that is wanted, about: enough are left over for some, never for all. */
const SEATS_PER_BUYER = 0.6;
const DAY_MS = 24 * 60 * 60_000;
const TRIES = 20;

/** Shares of the seats. The first is what most people want. */
const TICKET_TYPES = [
  { name: 'Standing', price: 3_500, share: 0.5 },
  { name: 'Balcony', price: 7_900, share: 0.25 },
  { name: 'Box', price: 48_000, share: 0.05, maxPerBuyer: MAX_BOX_TICKETS },
  { name: 'Free', price: 0, share: 0.2 },
];

/** Publishes the two events that a crowd buys tickets for: most for the first one. */
export async function putOnSale(
  place: Pick<Place, 'url' | 'jwtSecret' | 'organizer'>,
  buyers: number,
): Promise<EventOnSale[]> {
  const publish = async (title: string, seats: number, maxPerBuyer: number | null): Promise<EventOnSale> => {
    const startsAt = Date.now() + 30 * DAY_MS;
    const answer = await patiently(() =>
      call(`${place.url}/events`, {
        token: tokenFor(place, place.organizer, 'organizer'),
        body: {
          title,
          venue: 'Town Hall, Vienna',
          startsAt: new Date(startsAt).toISOString(),
          endsAt: new Date(startsAt + DAY_MS).toISOString(),
          currency: 'EUR',
          maxPerBuyer,
          ticketTypes: TICKET_TYPES.map(({ share, ...type }) => ({
            ...type,
            capacity: Math.max(2, Math.round(seats * share)),
          })),
        },
      }),
    );
    return Event.parse(answer.body);
  };
  const seats = buyers * SEATS_PER_BUYER;
  return [
    await publish('The one that everyone wants', seats * 0.7, MAX_TICKETS),
    await publish('The one that is cancelled', seats, null),
  ];
}

async function patiently<Answer extends { status: number }>(send: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await send();
    if (answer.status === 201) return answer;
    if (attempt === TRIES) throw new Error(`The events could not be published: ${JSON.stringify(answer)}`);
    await wait(250);
  }
}
