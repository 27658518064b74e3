import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A mail as it came in. */
export interface ReceivedMail {
  from: string;
  to: string[];
  bytes: Buffer;
  isSecure: boolean;
  user: unknown;
}

export interface SmtpReceiver {
  host: string;
  port: number;
  /** For SMTP_URL. */
  url: string;
  /** Mails that came in whole, whatever was answered. */
  received: ReceivedMail[];
  /** Connections made so far, and those open now. */
  connections: { made: number; open: () => number };
  /** Closes every connection without a word. */
  hangUp: () => void;
  close: () => Promise<void>;
}

/** What it answers: nothing for yes, a refusal such as `550 5.1.1 unknown`, or `drop` to say nothing and hang up. */
export interface SmtpBehaviour {
  onRecipient?: (to: string) => string | undefined;
  onMail?: (count: number) => string | undefined | Promise<string | undefined>;
}

/** A real SMTP server on this machine, which keeps what it gets and answers as it is told. */
export async function startSmtpReceiver(
  behaviour: SmtpBehaviour = {},
  options: SMTPServerOptions = {},
): Promise<SmtpReceiver> {
  const received: ReceivedMail[] = [];
  const connections = { made: 0, open: () => smtp.connections.size };
  const hangUp = () => {
    for (const connection of smtp.connections) connection.close();
  };
  const smtp = new SMTPServer({
    logger: false,
    authOptional: true,
    disabledCommands: options.cert === undefined ? ['STARTTLS'] : [],
    closeTimeout: 100,
    onConnect: (_, done) => {
      connections.made += 1;
      done();
    },
    onRcptTo: ({ address }, _, done) => done(refusal(behaviour.onRecipient?.(address))),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          bytes: Buffer.concat(chunks),
          isSecure: session.secure,
          user: session.user,
        });
        void Promise.resolve(behaviour.onMail?.(received.length)).then((answer) => {
          if (answer === 'drop') hangUp();
          else done(refusal(answer));
        });
      });
    },
    ...options,
  });
  // Connections that clients break are what some tests are about.
  smtp.on('error', () => undefined);
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  const { port } = smtp.server.address() as AddressInfo;
  return {
    host: 'localhost',
    port,
    url: `smtp://localhost:${port}`,
    received,
    connections,
    hangUp,
    close: () => new Promise((resolve) => smtp.close(resolve)),
  };
}

function refusal(answer: string | undefined): Error | null {
  if (answer === undefined) return null;
  const [, code, text] = /^(\d{3}) (.*)$/.exec(answer) ?? [];
  return Object.assign(new Error(text), { responseCode: Number(code) });
}

/** A key and a certificate for localhost that nobody trusts yet. */
export async function selfSignedCertificate(): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  return { key, cert };
}
