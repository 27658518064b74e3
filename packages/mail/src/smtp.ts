import nodemailer from 'nodemailer';
import { isAboutMail, isRefusal, MailDeferred, MailRefused } from './refused.ts';
import type { SmtpServer } from './smtp-url.ts';
import { bareId, type Mailer } from './mailer.ts';

/** Connections to the server; further mails wait for one. */
const MAX_CONNECTIONS = 4;
const MAX_MAILS_PER_CONNECTION = 100;
const CONNECT_TIMEOUT_MS = 10_000;
/** The server may think about a mail for so long before it takes it. */
const SILENCE_TIMEOUT_MS = 30_000;
/** Bound on one mail with all its waits: less than an outbox row's lease, so that no other process sends it too. */
const SEND_TIMEOUT_MS = 45_000;
const CLOSE_TIMEOUT_MS = 10_000;

export interface SmtpTimeouts {
  sendMs?: number;
  closeMs?: number;
}

/** Sends mails to an SMTP server through a few connections that stay open for a while. */
export function openSmtp(
  { host, port, tls, auth }: SmtpServer,
  { sendMs = SEND_TIMEOUT_MS, closeMs = CLOSE_TIMEOUT_MS }: SmtpTimeouts = {},
): Mailer {
  const pool = nodemailer.createTransport({
    pool: true,
    host,
    port,
    secure: tls === 'from-start',
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'off',
    tls: { minVersion: 'TLSv1.2' },
    ...(auth && { auth }),
    maxConnections: MAX_CONNECTIONS,
    maxMessages: MAX_MAILS_PER_CONNECTION,
    // Another connection is tried when one had been closed while idle. Once a byte of a mail is out, nothing is sent
    // again from here: whether to try again is the outbox's to say.
    maxRequeues: MAX_CONNECTIONS,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const underWay = new Set<Promise<unknown>>();
  return {
    send: async (mail) => {
      const sending = pool.sendMail({ ...mail, xMailer: false, signal: AbortSignal.timeout(sendMs) });
      const settled = sending.then(
        () => undefined,
        () => undefined,
      );
      underWay.add(settled);
      void settled.then(() => underWay.delete(settled));
      try {
        await sending;
        return { id: bareId(mail) };
      } catch (cause) {
        const message = cause instanceof Error ? cause.message : String(cause);
        if (isRefusal(cause)) throw new MailRefused(message, { cause });
        const text = `Sending the mail failed: ${message}`;
        throw isAboutMail(cause) ? new MailDeferred(text, { cause }) : new Error(text, { cause });
      }
    },
    close: async () => {
      const giveUp = setTimeout(() => pool.close({ force: true }), closeMs);
      await Promise.all(underWay);
      clearTimeout(giveUp);
      pool.close({ force: true });
    },
  };
}
