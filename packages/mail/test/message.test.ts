import jsqr from 'jsqr';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import type { MailData } from '../src/mail-data.ts';
import { about, bytesOf, CODES, compose, ORDER_ID, OUTBOX_ID, read, ticketsMail } from './data.ts';

const refund = { amount: 11_500, earlierAmount: 0, currency: 'EUR' };

describe('a mail with tickets', () => {
  test('says the same in text and in HTML: event, times with their zone, tickets, order', async () => {
    const { subject, text = '', html = '' } = await read(ticketsMail);
    expect(subject).toBe('Your tickets: Night of the Proms');
    for (const part of [text, html]) {
      expect(part).toContain('Saturday, 12 June 2027, 20:00 to 23:00');
      expect(part).toContain('(Central European Summer Time, Europe/Vienna)');
      for (const words of ['Musikverein, Vienna', ...CODES, '1 × Standing', '€45.00', '€115.00', ORDER_ID]) {
        expect(part).toContain(words);
      }
    }
  });

  test('shows one QR code for each ticket, which says its code', async () => {
    const { attachments, html = '' } = await read(ticketsMail);
    const pictures = attachments.filter(({ mimeType }) => mimeType === 'image/png');
    expect(pictures.map(({ content }) => decodeQr(content as ArrayBuffer))).toEqual(CODES);
    const cids = pictures.map(({ contentId = '' }) => contentId.replace(/[<>]/g, ''));
    expect(Array.from(html.matchAll(/src="cid:([^"]*)"/g), ([, cid]) => cid)).toEqual(cids);
    expect(pictures.every(({ disposition, related }) => disposition === 'inline' && related)).toBe(true);
  });

  test('is usable where pictures are not shown: the code is text, too', async () => {
    const { html = '' } = await read(ticketsMail);
    const shown = html.replace(/<[^>]*>/g, '');
    for (const code of CODES) expect(shown).toContain(code);
  });

  test('keeps names of other people from turning the line that they stand in', async () => {
    const { html = '' } = await read(ticketsMail);
    for (const name of ['Night of the Proms', 'Musikverein, Vienna', 'Standing', '1 × Standing']) {
      expect(html).toContain(`<bdi>${name}</bdi>`);
    }
  });

  test('has an id made of the outbox row, the date of that row, and asks for no automatic answers', async () => {
    const { messageId, date, from, to, headers } = await read(ticketsMail);
    expect(messageId).toBe(`<${OUTBOX_ID}@shop.example>`);
    expect(date).toBe('2027-05-01T10:00:00.000Z');
    expect(from).toMatchObject({ name: 'Box office', address: 'tickets@shop.example' });
    expect(to).toMatchObject([{ address: 'ada@example.com' }]);
    expect(headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated');
  });

  test('is the same to the byte when it is written again', async () => {
    expect(await bytesOf(await compose())).toEqual(await bytesOf(await compose()));
  });

  test('speaks of one ticket where there is one', async () => {
    const { subject, text } = await read({ ...ticketsMail, tickets: ticketsMail.tickets.slice(0, 1) });
    expect(subject).toBe('Your ticket: Night of the Proms');
    expect(text).toContain('Ticket 1 of 1');
  });
});

describe('the other mails', () => {
  test.each<[string, MailData, string, string[]]>([
    [
      'a refund says how much goes back and that the tickets are void',
      { ...about, kind: 'refunded', hasTickets: true, refund: { ...refund, reason: 'requested' } },
      'Your refund: Night of the Proms',
      ['The organizer has refunded your order.', '€115.00 goes back', 'no longer valid'],
    ],
    [
      'a refund of a second payment says that the tickets stay valid',
      { ...about, kind: 'refunded', hasTickets: true, refund: { ...refund, reason: 'paid-twice' } },
      'Your refund: Night of the Proms',
      ['paid twice', '€115.00 goes back', 'stay valid'],
    ],
    [
      'a cancelled event says so, and what goes back',
      { ...about, kind: 'event-cancelled', refund: { ...refund, reason: 'event-cancelled' } },
      'Cancelled: Night of the Proms',
      ['does not take place', '€115.00 goes back', 'no longer valid'],
    ],
    [
      'a late payment says why there are no tickets',
      { ...about, kind: 'payment-late', refund: { ...refund, reason: 'sold-out' } },
      'Your payment came too late: Night of the Proms',
      ['sold to others', '€115.00 goes back', 'You have no tickets'],
    ],
  ])('%s', async (_, data, subject, words) => {
    const mail = await read(data);
    expect(mail.subject).toBe(subject);
    for (const part of [mail.text, mail.html]) for (const word of words) expect(part).toContain(word);
    expect(mail.html).not.toContain('<img');
  });

  test('a cancelled event whose tickets were free speaks of no money', async () => {
    const { text = '' } = await read({ ...about, kind: 'event-cancelled', refund: null });
    expect(text).toContain('does not take place');
    expect(text).not.toContain('goes back');
  });
});

function decodeQr(png: ArrayBuffer): string | undefined {
  const { data, width, height } = PNG.sync.read(Buffer.from(png));
  // The package is CommonJS: its default export sits one deeper for its types than for Node.
  const decode = jsqr as unknown as typeof jsqr.default;
  return decode(new Uint8ClampedArray(data), width, height)?.data;
}
