const HOUR_MS = 3_600_000;

/** An instant some hours from now, as clients send it. */
export function inHours(hours: number): string {
  return new Date(Date.now() + hours * HOUR_MS).toISOString();
}

/** Body of a ticket type that is fine. */
export function aTicketType(overrides: object = {}) {
  return { name: 'Standing', price: 4500, capacity: 100, ...overrides };
}

/** Body of an event that is fine: next week, two hours, two ticket types. */
export function anEvent(overrides: object = {}) {
  return {
    title: 'Night of the Proms',
    description: 'Bring a handkerchief.',
    venue: 'Musikverein, Vienna',
    timezone: 'Europe/Vienna',
    startsAt: inHours(168),
    endsAt: inHours(170),
    currency: 'EUR',
    ticketTypes: [aTicketType(), aTicketType({ name: 'Seat', price: 9900, capacity: 50 })],
    ...overrides,
  };
}
