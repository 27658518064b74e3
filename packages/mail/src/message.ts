import { setImmediate as letOthersWork } from 'node:timers/promises';
import { calendarOf } from './calendar.ts';
import { letterOf } from './letter.ts';
import { htmlOf } from './letter-html.ts';
import { textOf } from './letter-text.ts';
import { domainOf, isAddress, type MailAddress } from './mail-address.ts';
import type { MailData } from './mail-data.ts';
import { qrPng } from './qr.ts';
import { MailRefused } from './refused.ts';

/** A finished mail, as `Mailer.send` takes it: fields of nodemailer's messages. */
export interface Mail {
  /** `<outbox id@domain of the sender>` */
  messageId: string;
  from: MailAddress;
  to: MailAddress;
  /** Who the SMTP server is told, apart from what readers see. */
  envelope: { from: string; to: string[] };
  date: Date;
  subject: string;
  text: string;
  html: string;
  attachments: MailPart[];
  headers: Record<string, string>;
  /** The parts' separators are made of it. */
  baseBoundary: string;
}

/** Half a millisecond each. */
const CODES_AT_A_TIME = 4;

interface MailPart {
  filename: string;
  content: Buffer | string;
  contentType: string;
  contentDisposition: 'inline' | 'attachment';
  cid?: string;
}

/**
 * Writes the mail: text and HTML that say the same, a QR code for each ticket, a calendar file. The same data gives the
 * same mail, byte for byte, so that a mail that had to be sent again is recognised as the same.
 * @throws {MailRefused} if `to` is not one address, which would let a mail go to others
 */
export async function composeMail(data: MailData, from: MailAddress): Promise<Mail> {
  if (!isAddress(data.to)) throw new MailRefused('The recipient is not an e-mail address');
  const letter = letterOf(data);
  const cidOf = (index: number) => `ticket-${index + 1}.${data.id}@${domainOf(from)}`;
  const attachments: MailPart[] = [];
  for (const [index, { code }] of letter.tickets.entries()) {
    // An order may have thousands of tickets: other work goes on between some and some.
    if (index > 0 && index % CODES_AT_A_TIME === 0) await letOthersWork();
    attachments.push({
      filename: `ticket-${index + 1}.png`,
      content: qrPng(code),
      contentType: 'image/png',
      contentDisposition: 'inline',
      cid: cidOf(index),
    });
  }
  const calendar = calendarOf(data, from);
  if (calendar) {
    attachments.push({
      filename: 'event.ics',
      content: calendar.content,
      contentType: `text/calendar; charset=utf-8; method=${calendar.method}`,
      contentDisposition: 'attachment',
    });
  }
  return {
    messageId: `<${data.id}@${domainOf(from)}>`,
    from,
    to: { name: '', address: data.to },
    envelope: { from: from.address, to: [data.to] },
    date: data.createdAt,
    subject: letter.subject,
    text: textOf(letter),
    html: htmlOf(letter, cidOf),
    attachments,
    // RFC 3834: no out-of-office replies, please; the second is the one that Exchange heeds.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    baseBoundary: data.id,
  };
}
