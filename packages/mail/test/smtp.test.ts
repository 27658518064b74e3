import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { selfSignedCertificate, startSmtpReceiver, type SmtpBehaviour } from '@ticketing/testing/smtp-receiver';
import PostalMime from 'postal-mime';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Mailer } from '../src/mailer.ts';
import { openSmtp, type SmtpTimeouts } from '../src/smtp.ts';
import type { SmtpServer } from '../src/smtp-url.ts';
import { MailRefused, openMailer } from '../src/transport.ts';
import { compose, OUTBOX_ID, ticketsMail } from './data.ts';

const opened: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function receive(...args: Parameters<typeof startSmtpReceiver>) {
  const receiver = await startSmtpReceiver(...args);
  opened.push(receiver);
  return { ...receiver, server: serverAt(receiver) };
}

function serverAt({ host, port }: { host: string; port: number }): SmtpServer {
  return { host, port, tls: 'if-offered', auth: undefined };
}

function mailTo(server: SmtpServer, timeouts?: SmtpTimeouts): Mailer {
  const mailer = openSmtp(server, timeouts);
  opened.push(mailer);
  return mailer;
}

const numbered = (number: number) =>
  compose({ ...ticketsMail, id: `mail-${number}`, to: `buyer${number}@example.com` });
const failure = (sending: Promise<unknown>) => sending.then(() => undefined).catch((error: unknown) => error);

describe('a mail', () => {
  test('arrives as it was written, at the recipient and nobody else', async () => {
    const { url, received } = await receive();
    const mailer = openMailer({ smtpUrl: url, directory: '/nowhere' });
    opened.push(mailer);
    expect(await mailer.send(await compose())).toEqual({ id: `${OUTBOX_ID}@shop.example` });
    expect(received).toMatchObject([{ from: 'tickets@shop.example', to: ['ada@example.com'] }]);
    const mail = await PostalMime.parse(received[0]?.bytes ?? '');
    expect(mail).toMatchObject({
      subject: 'Your tickets: Night of the Proms',
      messageId: `<${OUTBOX_ID}@shop.example>`,
    });
    expect(mail.attachments).toHaveLength(3);
  });

  test.each([
    ["o'hara&sons/x=y+news@example.com", "o'hara&sons/x=y+news@example.com"],
    ["!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"],
    // The receiver shows domains in their script; the mail's own header has it as it is stored.
    ['info@xn--80a1acny.xn--p1ai', 'info@почта.рф'],
    // Taken by earlier releases: whether there is such an address is for the server to say.
    [`${'a'.repeat(65)}@example.com`, `${'a'.repeat(65)}@example.com`],
  ])('arrives at %s', async (to, shown) => {
    const { server, received } = await receive();
    await mailTo(server).send(await compose({ ...ticketsMail, to }));
    expect(received.map((each) => each.to)).toEqual([[shown]]);
    const mail = await PostalMime.parse(received[0]?.bytes ?? '');
    expect(mail.headers.find(({ key }) => key === 'to')?.value).toBe(to);
  });

  test('to an address that servers find impossible, as an earlier release took, is refused for good', async () => {
    const { server } = await receive();
    const refused = await failure(mailTo(server).send(await compose({ ...ticketsMail, to: 'test@iana-.com' })));
    expect(refused).toBeInstanceOf(MailRefused);
  });

  test('is sent with others at once, through few connections that are used again', async () => {
    const { server, received, connections } = await receive();
    const mailer = mailTo(server);
    await Promise.all(Array.from({ length: 20 }, async (_, number) => mailer.send(await numbered(number))));
    expect(new Set(received.flatMap(({ to }) => to)).size).toBe(20);
    expect(received).toHaveLength(20);
    expect(connections.made).toBeLessThanOrEqual(4);
  });

  test('is sent through another connection when the server had closed the idle one', async () => {
    const { server, received, connections, hangUp } = await receive();
    const mailer = mailTo(server);
    await mailer.send(await numbered(1));
    hangUp();
    await vi.waitFor(() => expect(connections.open()).toBe(0));
    await mailer.send(await numbered(2));
    expect(received).toHaveLength(2);
  });
});

describe('a server with TLS', () => {
  test('gets name and password after STARTTLS, and only there', async () => {
    const certificate = await selfSignedCertificate();
    await trusting(certificate.cert, async () => {
      const { server, received } = await receive(
        {},
        {
          ...certificate,
          authOptional: false,
          onAuth: ({ username, password }, _, done) => done(null, { user: `${username}:${password}` }),
        },
      );
      await mailTo({ ...server, tls: 'required', auth: { user: 'shop', pass: 'hush' } }).send(await compose());
      expect(received).toMatchObject([{ isSecure: true, user: 'shop:hush' }]);
    });
  });

  test('from the start is spoken to', async () => {
    const certificate = await selfSignedCertificate();
    await trusting(certificate.cert, async () => {
      const { server, received } = await receive({}, { ...certificate, secure: true });
      await mailTo({ ...server, tls: 'from-start' }).send(await compose());
      expect(received).toMatchObject([{ isSecure: true }]);
    });
  });

  test('whose certificate nobody vouches for gets no mail and no password', async () => {
    const onAuth = vi.fn();
    const { server, received } = await receive({}, { ...(await selfSignedCertificate()), onAuth });
    const error = await failure(
      mailTo({ ...server, tls: 'required', auth: { user: 'shop', pass: 'hush' } }).send(await compose()),
    );
    expect(error).not.toBeInstanceOf(MailRefused);
    expect(String(error)).toMatch(/certificate/);
    expect([received.length, onAuth.mock.calls.length]).toEqual([0, 0]);
  });

  test('that does not offer it where it is required gets no mail', async () => {
    const { server, received } = await receive();
    const error = await failure(mailTo({ ...server, tls: 'required' }).send(await compose()));
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(MailRefused);
    expect(received).toHaveLength(0);
  });
});

describe('what the server refuses for good', () => {
  test.each<[string, SmtpBehaviour]>([
    ['the recipient', { onRecipient: () => '550 5.1.1 no such user' }],
    ['a mail that is too big', { onMail: () => '552 5.3.4 message too big' }],
    ['the content', { onMail: () => '554 5.6.0 looks like junk' }],
  ])('is told apart: %s', async (_, behaviour) => {
    const { server } = await receive(behaviour);
    expect(await failure(mailTo(server).send(await compose()))).toBeInstanceOf(MailRefused);
  });

  test.each(['a@b.example>\r\nRCPT TO:<victim@example.com', 'a@b.example, victim@example.com', '', 'nobody'])(
    'is told apart: %j, which is not one address, before the server hears of it',
    async (to) => expect(await failure(compose({ ...ticketsMail, to }))).toBeInstanceOf(MailRefused),
  );

  test('does not keep the next mail from being sent', async () => {
    const { server, received } = await receive({
      onRecipient: (to) => (to === 'buyer1@example.com' ? '550 5.1.1 no such user' : undefined),
    });
    const mailer = mailTo(server);
    const sent = await Promise.allSettled([mailer.send(await numbered(1)), mailer.send(await numbered(2))]);
    expect(sent.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(received.flatMap(({ to }) => to)).toEqual(['buyer2@example.com']);
  });
});

describe('what may pass is no refusal', () => {
  test.each<[string, SmtpBehaviour]>([
    ['a recipient to try later', { onRecipient: () => '451 4.7.1 greylisted' }],
    ['a relay that is closed to us', { onRecipient: () => '554 5.7.1 relay access denied' }],
    ['a server that is short of space', { onMail: () => '452 4.3.1 later, please' }],
  ])('%s', async (_, behaviour) => {
    const { server } = await receive(behaviour);
    const error = await failure(mailTo(server).send(await compose()));
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(MailRefused);
  });

  test('a wrong password, which is not repeated in the error', async () => {
    const { server } = await receive(
      {},
      { allowInsecureAuth: true, onAuth: (_auth, _session, done) => done(new Error('Invalid username or password')) },
    );
    const error = await failure(mailTo({ ...server, auth: { user: 'shop', pass: 'hush-hush' } }).send(await compose()));
    expect(error).not.toBeInstanceOf(MailRefused);
    expect(String(error)).toContain('535');
    expect(JSON.stringify([error, (error as Error).cause, String(error)])).not.toContain('hush-hush');
  });

  test('no server at all', async () => {
    const receiver = await startSmtpReceiver();
    await receiver.close();
    const error = await failure(mailTo(serverAt(receiver)).send(await compose()));
    expect(String(error)).toContain('ECONNREFUSED');
    expect(error).not.toBeInstanceOf(MailRefused);
  });

  test('a server that is silent; its mail is not sent later either', async () => {
    let answer: ((text: string | undefined) => void) | undefined;
    const { server, received, connections } = await receive({
      onMail: (count) => (count === 1 ? new Promise((resolve) => (answer = resolve)) : undefined),
    });
    const mailer = mailTo(server, { sendMs: 1_500 });
    const error = await failure(mailer.send(await numbered(1)));
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(MailRefused);
    answer?.(undefined);
    await vi.waitFor(() => expect(connections.open()).toBe(0));
    await mailer.send(await numbered(2));
    expect(received.map(({ to }) => to[0])).toEqual(['buyer1@example.com', 'buyer2@example.com']);
  });
});

describe('a connection that breaks when the mail is through', () => {
  test.each([
    ['a new one', 0],
    ['one that has sent mails before', 2],
  ])('(%s) fails the mail, which is not sent again by itself; sent again, it has the same id', async (_, before) => {
    const { server, received } = await receive({ onMail: (count) => (count === before + 1 ? 'drop' : undefined) });
    const mailer = mailTo(server);
    for (let number = 0; number < before; number += 1) await mailer.send(await numbered(number));
    expect(await failure(mailer.send(await compose()))).not.toBeInstanceOf(MailRefused);
    expect(received).toHaveLength(before + 1);
    await mailer.send(await compose());
    expect(received).toHaveLength(before + 2);
    const [first, second] = await Promise.all(received.slice(before).map(({ bytes }) => PostalMime.parse(bytes)));
    expect(second?.messageId).toBe(first?.messageId);
    expect(second?.messageId).toBe(`<${OUTBOX_ID}@shop.example>`);
  });
});

describe('closing', () => {
  test('waits for the mail that is under way', async () => {
    let answer: (() => void) | undefined;
    const { server, received } = await receive({
      onMail: () => new Promise((resolve) => (answer = () => resolve(undefined))),
    });
    const mailer = openSmtp(server);
    const sending = mailer.send(await compose());
    await vi.waitFor(() => expect(received).toHaveLength(1));
    const closing = mailer.close();
    answer?.();
    await expect(sending).resolves.toEqual({ id: `${OUTBOX_ID}@shop.example` });
    await closing;
  });

  test('gives up on a server that does not answer, and leaves no connection', async () => {
    const { server, received, connections } = await receive({ onMail: () => new Promise(() => undefined) });
    const mailer = openSmtp(server, { closeMs: 100 });
    const sending = failure(mailer.send(await compose()));
    await vi.waitFor(() => expect(received).toHaveLength(1));
    await mailer.close();
    expect(await sending).toBeInstanceOf(Error);
    await vi.waitFor(() => expect(connections.open()).toBe(0));
  });
});

/** As NODE_EXTRA_CA_CERTS would do for a process. */
async function trusting(cert: string, run: () => Promise<void>): Promise<void> {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, cert]);
  try {
    await run();
  } finally {
    setDefaultCACertificates(before);
  }
}
