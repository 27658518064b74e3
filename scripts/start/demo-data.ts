import type { NewEvent } from '@ticketing/types/event';
import type { z } from 'zod';

/** Their password is each installation's own. */
export const DEMO_ACCOUNTS = {
  organizer: { email: 'organizer@example.com', name: 'Olga Organizer', role: 'organizer' },
  customer: { email: 'customer@example.com', name: 'Carl Customer', role: 'customer' },
} as const;

const DAY_MS = 24 * 60 * 60 * 1_000;
const HOUR_MS = 60 * 60 * 1_000;

/** Some events of the coming months. The first one is what the printed commands buy a ticket for. */
export function demoEvents(now: Date): z.input<typeof NewEvent>[] {
  const times = (inDays: number, hourUtc: number, hours: number) => {
    const day = Math.floor(now.getTime() / DAY_MS) + inDays;
    const startsAt = new Date(day * DAY_MS + hourUtc * HOUR_MS);
    return { startsAt: startsAt.toISOString(), endsAt: new Date(startsAt.getTime() + hours * HOUR_MS).toISOString() };
  };
  return [
    {
      title: 'Night of the Proms',
      description: 'Symphony orchestra, choir and guests from pop music.',
      venue: 'Musikverein, Vienna',
      timezone: 'Europe/Vienna',
      ...times(30, 18, 3),
      currency: 'EUR',
      ticketTypes: [
        { name: 'Standing', price: 3_500, capacity: 400, maxPerOrder: 8 },
        { name: 'Balcony', description: 'Numbered seats', price: 7_900, capacity: 120, maxPerOrder: 6 },
        { name: 'Box for four', price: 48_000, capacity: 10, maxPerOrder: 1 },
      ],
    },
    {
      title: 'TypeScript by the Lake',
      description: 'Two days of talks and workshops.',
      venue: 'Festspielhaus, Bregenz',
      timezone: 'Europe/Vienna',
      ...times(60, 7, 34),
      currency: 'EUR',
      ticketTypes: [
        { name: 'Early bird', price: 19_900, capacity: 50, maxPerOrder: 2, salesEnd: times(30, 0, 0).startsAt },
        { name: 'Regular', price: 29_900, capacity: 300 },
        { name: 'Student', description: 'Bring your student card', price: 4_900, capacity: 40, maxPerOrder: 1 },
      ],
    },
    {
      title: 'Open Museum Day',
      description: 'Free entrance; a ticket keeps your place in the queue.',
      venue: 'Natural History Museum, London',
      timezone: 'Europe/London',
      ...times(45, 9, 9),
      currency: 'GBP',
      ticketTypes: [
        { name: 'Morning', price: 0, capacity: 500, maxPerOrder: 5 },
        { name: 'Afternoon', price: 0, capacity: 500, maxPerOrder: 5 },
      ],
    },
    {
      title: 'Jazz at the Pier',
      description: 'Small club, big sound.',
      venue: 'Pier 4, Yokohama',
      timezone: 'Asia/Tokyo',
      ...times(90, 10, 4),
      currency: 'JPY',
      ticketTypes: [
        { name: 'Table', price: 6_000, capacity: 60, maxPerOrder: 4 },
        { name: 'Bar', price: 3_500, capacity: 30, maxPerOrder: 2 },
      ],
    },
  ];
}
