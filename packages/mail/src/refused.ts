/** This mail will never be taken: its recipient or its content was refused. Trying again is no use. */
export class MailRefused extends Error {
  override name = 'MailRefused';
}

/** The server does not take this mail now, and may take others: its recipient's box is full, or it is to be tried later. */
export class MailDeferred extends Error {
  override name = 'MailDeferred';
}

/** Whether the server's answer is about this mail, for now or for good, and not about us or the way to the server. */
export function isAboutMail(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { command, responseCode } = error as SmtpError;
  if (responseCode === undefined || SESSION_CODES.has(responseCode) || responseCode === SHUTTING_DOWN) return false;
  return command === 'RCPT TO' || command === 'DATA';
}

/**
 * Whether the server's answer is about this mail: its recipient, its content or its size, for good. What is about us,
 * such as a wrong password, a sender that the server does not know or a relay that is closed to us, is for a person to
 * mend, and the mail is worth another try then.
 */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, command, responseCode, response = '' } = error as SmtpError;
  // Found out before the server was asked: an impossible recipient, or more bytes than the server takes.
  if (responseCode === undefined) return code === 'EENVELOPE' || code === 'EMESSAGE';
  if (responseCode < 500 || SESSION_CODES.has(responseCode)) return false;
  if (command === 'MAIL FROM') return responseCode === TOO_BIG;
  if (command === 'RCPT TO') return !ABOUT_POLICY.test(response);
  return command === 'DATA';
}

/** What nodemailer's errors carry. */
interface SmtpError extends Error {
  code?: string;
  /** During which command; `CONN`, `AUTH PLAIN` and others besides those above. */
  command?: string;
  responseCode?: number;
  /** The server's own words. */
  response?: string;
}

/** Bad sequence; sign in first; too weak or no TLS: the session's fault, not the mail's. */
const SESSION_CODES = new Set([503, 530, 534, 535, 538]);
/** RFC 5321, section 4.2.3: "service not available, closing transmission channel". */
const SHUTTING_DOWN = 421;
/** RFC 1870, section 6.1. */
const TOO_BIG = 552;
/** RFC 3463: class 5, subject 7, "security or policy status", such as `554 5.7.1 Relay access denied`. */
const ABOUT_POLICY = /^\d{3}[ -]5\.7\.\d+/;
