import fc from 'fast-check';
import ICAL from 'ical.js';
import PostalMime from 'postal-mime';
import { describe, expect, test } from 'vitest';
import { calendarOf } from '../src/calendar.ts';
import type { MailData } from '../src/mail-data.ts';
import { about, bytesOf, compose, FROM, ticketsMail } from './data.ts';

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constantFrom(
    '',
    'x\r\nBcc: victim@example.com',
    'x\r\n\r\nbody',
    'x\n.\r\nMAIL FROM:<a@b.example>',
    '"><script>alert(1)</script>',
    "' onerror='alert(1)",
    '<!-- ${x} -->',
    '--_NmP-boundary--',
    '=?utf-8?B?DQpCY2M6IGE=?=',
    '\u202Egnp.exe',
    'x\r\nEND:VEVENT\r\nBEGIN:VEVENT',
    '\uD800\uDFFF\uD800',
    'ÿ'.repeat(10_000),
    '👩‍👩‍👧'.repeat(2_000),
    `${'a'.repeat(998)}\n`,
  ),
);

const hostileMail = fc
  .record({ title: nasty, venue: nasty, line: nasty, ticketTypeName: nasty })
  .map(({ title, venue, line, ticketTypeName }): MailData => ({
    ...ticketsMail,
    order: { ...about.order, lines: [{ name: line, quantity: 1, unitPrice: 100 }] },
    event: { ...about.event, title, venue },
    tickets: [{ code: ticketsMail.tickets[0]?.code ?? '', ticketTypeName }],
  }));

const HEADERS = [
  'auto-submitted',
  'x-auto-response-suppress',
  'from',
  'to',
  'subject',
  'message-id',
  'date',
  'mime-version',
  'content-type',
];

describe('whatever names and titles say', () => {
  test('a mail has the same headers, parts, markup and lines', async () => {
    const plain = await compose({
      ...ticketsMail,
      order: { ...about.order, lines: [{ name: 'Standing', quantity: 1, unitPrice: 100 }] },
      tickets: ticketsMail.tickets.slice(0, 1),
    });
    await fc.assert(
      fc.asyncProperty(hostileMail, async (data) => {
        const mail = await compose(data);
        const bytes = await bytesOf(mail);
        const read = await PostalMime.parse(bytes);
        expect(read.headers.map(({ key }) => key)).toEqual(HEADERS);
        expect(read.to?.map(({ address }) => address)).toEqual([about.to]);
        expect(read.subject).toBe(mail.subject.trim());
        expect(read.attachments).toHaveLength(2);
        expect(read.subject).not.toMatch(/[\p{Cc}\u202A-\u202E]/u);
        expect(count(mail.html, /[<>"]/g)).toBe(count(plain.html, /[<>"]/g));
        expect(count(mail.text, /\n/g)).toBe(count(plain.text, /\n/g));
        // RFC 5322, section 2.1.1: a line has at most 998 bytes; and lines end in CRLF, never in less.
        for (const line of bytes.toString('latin1').split('\r\n')) {
          expect(line.length).toBeLessThanOrEqual(998);
          expect(line).not.toMatch(/[\r\n]/);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('a calendar file has the same lines', () => {
    const plain = linesOf(ticketsMail);
    fc.assert(
      fc.property(hostileMail, (data) => {
        expect(linesOf(data)).toEqual(plain);
        ICAL.parse(calendarOf(data, FROM)?.content ?? '');
      }),
    );
  });
});

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** Names of the properties, folded lines joined; an empty one may be missing. */
function linesOf(data: MailData): string[] {
  const content = calendarOf(data, FROM)?.content.replace(/\r\n[ \t]/g, '') ?? '';
  const names = content.split('\r\n').map((line) => line.split(/[:;]/)[0] ?? '');
  return names.filter((name) => name !== 'LOCATION' && name !== 'SUMMARY');
}
