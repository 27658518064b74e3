import { startSmtpReceiver } from '@ticketing/testing/smtp-receiver';
import { readMailText, type MailText } from './mail-text.ts';

/** An email that someone got. Sent twice, it is got twice. */
export interface Mail extends MailText {
  /** In ms since 1970. */
  at: number;
  to: string[];
}

/** Where the shop's emails go. */
export interface MailServer {
  /** For SMTP_URL, past every proxy. */
  url: string;
  /** Gives all that comes from now on, and what came while nobody took it; undefined: nobody does for now. */
  deliverTo: (take: ((mail: Mail) => void) | undefined) => void;
  close: () => Promise<void>;
}

/** A real SMTP server: files would not show that an email is sent twice. */
export async function startMailServer(): Promise<MailServer> {
  let take: ((mail: Mail) => void) | undefined;
  let waiting: Mail[] = [];
  const receiver = await startSmtpReceiver({
    onMail: () => {
      const received = receiver.received.pop();
      if (!received) return undefined;
      const mail = { at: Date.now(), to: received.to, ...readMailText(received.bytes) };
      if (take) take(mail);
      else waiting.push(mail);
      return undefined;
    },
  });
  return {
    url: receiver.url,
    deliverTo: (taker) => {
      take = taker;
      if (!taker) return;
      for (const mail of waiting) taker(mail);
      waiting = [];
    },
    close: receiver.close,
  };
}
