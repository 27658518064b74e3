import type { Logger } from '@ticketing/service-kit/log';
import { variable } from '@ticketing/service-kit/variable';
import { z } from 'zod';
import { parseMailAddress, type MailAddress } from './mail-address.ts';
import { parseSmtpUrl } from './smtp-url.ts';

/** Where mails go and who they are from: read by every service that sends them, with `needMailFrom`. */
export function mailVariables() {
  return {
    /** Unset: mails are written to files. */
    SMTP_URL: variable({
      must: 'must be smtp://user:password@host:port or smtps://…, with user and password percent-encoded',
      read: (text) => (parseSmtpUrl(text) ? text : undefined),
      isSecret: true,
    }).optional(),
    MAIL_FROM: variable({
      must: 'must be an e-mail address, or Name <address>',
      read: parseMailAddress,
    }).optional(),
    /** Where `.eml` files go without SMTP_URL. */
    MAIL_DIRECTORY: z.string().trim().default('.data/mail'),
  };
}

/** Adds to a service's schema: mails that are really sent need a real sender. */
export function needMailFrom<Schema extends z.ZodObject>(schema: Schema): Schema {
  return schema.refine((config) => config.SMTP_URL === undefined || config.MAIL_FROM !== undefined, {
    path: ['MAIL_FROM'],
    error: 'is not set, and has to be where SMTP_URL is',
    // Also where another variable is wrong: all faults are told at once.
    when: ({ issues }) => !issues.some(({ path }) => path?.[0] === 'MAIL_FROM'),
  });
}

/** What `mailVariables` read. */
export type MailConfig = z.infer<z.ZodObject<ReturnType<typeof mailVariables>>>;

/** Who mails in files are from if nothing else is said; `.invalid` never is a real domain (RFC 2606). */
const PREVIEW_SENDER: MailAddress = { name: 'Tickets', address: 'tickets@preview.invalid' };

/** The settings, for `openMailer` and `composeMail`. */
export function mailSettings({ SMTP_URL, MAIL_FROM, MAIL_DIRECTORY }: MailConfig) {
  return { smtpUrl: SMTP_URL, directory: MAIL_DIRECTORY, from: MAIL_FROM ?? PREVIEW_SENDER };
}

/** Says at start where mails go, loudly if no buyer gets one, and never with the server's password. */
export function logWhereMailsGo(log: Logger, config: MailConfig): void {
  const { smtpUrl, directory, from } = mailSettings(config);
  const server = smtpUrl === undefined ? undefined : parseSmtpUrl(smtpUrl);
  if (!server) {
    log.warn({ directory }, 'SMTP_URL is not set: no mail is sent; mails are written to files');
    return;
  }
  const { host, port, tls } = server;
  log.info({ host, port, tls, from: from.address }, 'mails are sent by SMTP');
}
