import type { Mail } from './message.ts';

export interface Sent {
  /** The mail's Message-ID, without brackets. */
  id: string;
  /** The file that was written, where there is no SMTP server. */
  file?: string;
}

export interface Mailer {
  /**
   * Hands the mail to the SMTP server, or writes its file. It ends within 45 s, whatever the server does.
   * @throws {MailRefused} when it is no use to try again
   * @throws {MailDeferred} when the server does not take this mail now
   * @throws {Error} for whatever else may pass, and would keep any mail from being sent. If the connection broke after the mail's last byte, nobody knows whether it was
   *   taken; sent again, it has the same Message-ID, by which most mail programs and servers know it for the same
   */
  send: (mail: Mail) => Promise<Sent>;
  /** Waits for mails under way, 10 s at most. */
  close: () => Promise<void>;
}

/** `<a@b>` → `a@b`. */
export function bareId({ messageId }: Mail): string {
  return messageId.replace(/^<|>$/g, '');
}
