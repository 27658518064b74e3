import { ICalCalendar, ICalCalendarMethod, ICalEventStatus } from 'ical-generator';
import type { MailAddress } from './mail-address.ts';
import type { MailData } from './mail-data.ts';
import { oneLine } from './plain.ts';

export interface CalendarFile {
  method: 'PUBLISH' | 'CANCEL';
  content: string;
}

/**
 * The calendar file of a mail: an entry when tickets arrive, and its end when they become void (RFC 5546, sections 3.2.1
 * and 3.2.5). PUBLISH, not REQUEST: nobody is asked whether they come. The entry is the order's, so that a refund of one
 * order leaves another order's entry alone. Times are instants in UTC, which every calendar shows in its own zone. No
 * ticket codes: calendars are shared.
 * @returns undefined for a mail that changes nothing in a calendar
 */
export function calendarOf(data: MailData, from: MailAddress): CalendarFile | undefined {
  const method = methodOf(data);
  if (!method) return undefined;
  const { order, event, createdAt } = data;
  const isCancelled = method === 'CANCEL';
  const calendar = new ICalCalendar({
    prodId: { company: 'ticketing', product: 'mail', language: 'EN' },
    method: ICalCalendarMethod[method],
  });
  calendar.createEvent({
    id: order.id,
    // A calendar believes the higher one, whatever the order in which mails are read.
    sequence: isCancelled ? 1 : 0,
    status: isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    stamp: createdAt,
    start: event.startsAt,
    end: event.endsAt,
    summary: oneLine(event.title),
    location: oneLine(event.venue),
    description: [
      ...order.lines.map(({ name, quantity }) => `${quantity} × ${oneLine(name)}`),
      `Order ${order.id}`,
    ].join('\n'),
    // RFC 5546 wants an organizer in both methods.
    organizer: { name: from.name || from.address, email: from.address },
  });
  return { method, content: calendar.toString() };
}

function methodOf(data: MailData): CalendarFile['method'] | undefined {
  switch (data.kind) {
    case 'tickets':
      return 'PUBLISH';
    case 'event-cancelled':
      return 'CANCEL';
    case 'refunded':
      return data.refund.reason === 'paid-twice' ? undefined : 'CANCEL';
    case 'payment-late':
      // Its tickets were never issued.
      return undefined;
  }
}
