import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PostalMime, { type Email } from 'postal-mime';
import type { MailData } from '../src/mail-data.ts';
import { composeMail, type Mail } from '../src/message.ts';
import { openMailer } from '../src/transport.ts';

export const FROM = { name: 'Box office', address: 'tickets@shop.example' };
export const OUTBOX_ID = '019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10';
export const ORDER_ID = '019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f11';
export const CODES = ['7ZKQ3M9T0XWRV5N8J2H4C6B1DE', '0123456789ABCDEFGHJKMNPQRS'];

/** What every kind of mail needs. */
export const about = {
  id: OUTBOX_ID,
  createdAt: new Date('2027-05-01T10:00:00Z'),
  to: 'ada@example.com',
  order: {
    id: ORDER_ID,
    total: 11_500,
    currency: 'EUR',
    lines: [
      { name: 'Standing', quantity: 1, unitPrice: 4_500 },
      { name: 'Balcony', quantity: 1, unitPrice: 7_000 },
    ],
  },
  event: {
    id: '019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f12',
    title: 'Night of the Proms',
    venue: 'Musikverein, Vienna',
    timezone: 'Europe/Vienna',
    startsAt: new Date('2027-06-12T18:00:00Z'),
    endsAt: new Date('2027-06-12T21:00:00Z'),
  },
};

export const ticketsMail: MailData & { kind: 'tickets' } = {
  ...about,
  kind: 'tickets',
  tickets: [
    { code: CODES[0] ?? '', ticketTypeName: 'Standing' },
    { code: CODES[1] ?? '', ticketTypeName: 'Balcony' },
  ],
};

export const compose = (data: MailData = ticketsMail): Promise<Mail> => composeMail(data, FROM);

/** Runs with a directory that is gone afterwards. */
export async function inDirectory<Result>(run: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'mail-'));
  try {
    return await run(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The mail's bytes, as they are written to a file. */
export function bytesOf(mail: Mail): Promise<Buffer> {
  return inDirectory(async (directory) => {
    const { file = '' } = await openMailer({ directory }).send(mail);
    return readFile(file);
  });
}

/** The mail as a reader's program understands it. */
export async function read(data: MailData): Promise<Email> {
  return PostalMime.parse(await bytesOf(await compose(data)));
}
