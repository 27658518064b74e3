import ICAL from 'ical.js';
import { describe, expect, test } from 'vitest';
import { calendarOf } from '../src/calendar.ts';
import type { MailData } from '../src/mail-data.ts';
import { about, FROM, ORDER_ID, read, ticketsMail } from './data.ts';

const refund = { amount: 11_500, earlierAmount: 0, currency: 'EUR' };
const cancelledMail: MailData = {
  ...about,
  kind: 'event-cancelled',
  refund: { ...refund, reason: 'event-cancelled' },
};

describe('the calendar file', () => {
  test('of a mail with tickets makes an entry at the right instants, with no ticket code in it', async () => {
    const { attachments } = await read(ticketsMail);
    const file = attachments.find(({ filename }) => filename === 'event.ics');
    expect(file).toMatchObject({ mimeType: 'text/calendar', method: 'PUBLISH', disposition: 'attachment' });
    const text = new TextDecoder().decode(file?.content as ArrayBuffer);
    const { method, event } = parse(text);
    expect(method).toBe('PUBLISH');
    expect(event.startDate.toJSDate()).toEqual(about.event.startsAt);
    expect(event.endDate.toJSDate()).toEqual(about.event.endsAt);
    expect([event.summary, event.location]).toEqual(['Night of the Proms', 'Musikverein, Vienna']);
    expect(text).not.toContain(ticketsMail.tickets[0]?.code);
  });

  test.each<[string, MailData]>([
    ['a cancelled event', cancelledMail],
    ['a refund', { ...about, kind: 'refunded', hasTickets: true, refund: { ...refund, reason: 'requested' } }],
  ])('of %s takes that same entry away', (_, data) => {
    const made = fileOf(ticketsMail);
    const ended = fileOf(data);
    expect(ended.method).toBe('CANCEL');
    expect(ended.event.uid).toBe(ORDER_ID);
    expect(ended.event.uid).toBe(made.event.uid);
    expect(ended.event.sequence).toBeGreaterThan(made.event.sequence);
    expect(ended.event.component.getFirstPropertyValue('status')).toBe('CANCELLED');
  });

  test.each<[string, MailData]>([
    [
      'a payment that was one too many',
      { ...about, kind: 'refunded', hasTickets: true, refund: { ...refund, reason: 'paid-twice' } },
    ],
    ['a late payment', { ...about, kind: 'payment-late', refund: { ...refund, reason: 'sold-out' } }],
  ])('is not in a mail about %s', (_, data) => expect(calendarOf(data, FROM)).toBeUndefined());

  test('keeps commas, semicolons, backslashes, emoji and long names as they are', () => {
    const title = `Rock, pop; jazz \\n 🎸👩‍👩‍👧 ${'ü'.repeat(120)}`;
    const data = { ...ticketsMail, event: { ...about.event, title } };
    expect(fileOf(data).event.summary).toBe(title);
    const lines = calendarOf(data, FROM)?.content.split('\r\n') ?? [];
    // RFC 5545, section 3.1
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
  });
});

function fileOf(data: MailData) {
  return parse(calendarOf(data, FROM)?.content ?? '');
}

function parse(text: string) {
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
  const [event, ...others] = calendar.getAllSubcomponents('vevent');
  if (!event || others.length > 0) throw new Error('There must be one entry');
  return { method: calendar.getFirstPropertyValue('method'), event: new ICAL.Event(event) };
}
