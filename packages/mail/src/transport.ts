import { openEmlFiles } from './eml-files.ts';
import type { Mailer } from './mailer.ts';
import { openSmtp } from './smtp.ts';
import { parseSmtpUrl } from './smtp-url.ts';

export type { Mailer, Sent } from './mailer.ts';
export { MailDeferred, MailRefused } from './refused.ts';

export interface MailerOptions {
  /** smtp:// or smtps://; undefined: mails are written to `directory`. */
  smtpUrl?: string | undefined;
  /** Where `.eml` files go. */
  directory: string;
}

/** Opens the way that mails take. No connection is made before the first mail, so a server that is away is no fault yet. */
export function openMailer({ smtpUrl, directory }: MailerOptions): Mailer {
  if (smtpUrl === undefined) return openEmlFiles(directory);
  const server = parseSmtpUrl(smtpUrl);
  // Not in the message: the URL has a password.
  if (!server) throw new Error('The SMTP URL is wrong');
  return openSmtp(server);
}
