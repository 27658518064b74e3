import { readConfig } from '@ticketing/service-kit/config';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { logWhereMailsGo, mailSettings, mailVariables, needMailFrom } from '../src/config.ts';
import { parseSmtpUrl } from '../src/smtp-url.ts';

const schema = needMailFrom(z.object({ ...mailVariables(), OTHER: z.string() }));
const read = (env: NodeJS.ProcessEnv) => readConfig(schema, { OTHER: 'set', ...env });

describe('the configuration of mails', () => {
  test('may be left out: mails are files then', () => {
    expect(mailSettings(read({}))).toEqual({
      smtpUrl: undefined,
      directory: '.data/mail',
      from: { name: 'Tickets', address: 'tickets@preview.invalid' },
    });
  });

  test.each([
    ['tickets@shop.example', { name: '', address: 'tickets@shop.example' }],
    ['Box office <tickets@shop.example>', { name: 'Box office', address: 'tickets@shop.example' }],
    ['Касса <Tickets@Почта.рф>', { name: 'Касса', address: 'tickets@xn--80a1acny.xn--p1ai' }],
    ["o'hara&sons@shop.example", { name: '', address: "o'hara&sons@shop.example" }],
    ['"Müller, Söhne" <tickets@shop.example>', { name: 'Müller, Söhne', address: 'tickets@shop.example' }],
  ])('reads who mails are from: %s', (MAIL_FROM, from) => expect(mailSettings(read({ MAIL_FROM })).from).toEqual(from));

  test.each(['nobody', 'a@b.example, c@d.example', 'X <a@b.example> Y', 'X\r\nBcc: v <a@b.example>', '<>'])(
    'refuses %j as a sender',
    (MAIL_FROM) => expect(() => read({ MAIL_FROM })).toThrow(/MAIL_FROM: must be an e-mail address/),
  );

  test('wants a sender where there is a server, and says so along with all other faults', () => {
    const SMTP_URL = 'smtp://shop:hush@mail.example';
    expect(() => read({ SMTP_URL })).toThrow(/MAIL_FROM: is not set/);
    expect(() => readConfig(schema, { SMTP_URL })).toThrow(/OTHER: is not set\n.*MAIL_FROM: is not set/);
    expect(() => read({ SMTP_URL, MAIL_FROM: 'nobody' })).toThrow(/MAIL_FROM: must be an e-mail address[^\n]*$/);
  });

  test.each([
    'mail.example',
    'http://mail.example',
    'smtp://',
    'smtp://mail.example/path',
    'smtp://:hush@mail.example',
  ])('refuses %s as a server, without repeating it', (SMTP_URL) => {
    expect(() => read({ SMTP_URL, MAIL_FROM: 'a@b.example' })).toThrow(/SMTP_URL: must be smtp/);
    expect(() => read({ SMTP_URL, MAIL_FROM: 'a@b.example' })).not.toThrow(/hush/);
  });
});

describe('an SMTP URL', () => {
  test.each([
    ['smtps://shop:p%40ss%2F@mail.example', 'mail.example', 465, 'from-start', { user: 'shop', pass: 'p@ss/' }],
    ['smtp://mail.example', 'mail.example', 587, 'required', undefined],
    ['smtp://mail.example:2525/', 'mail.example', 2525, 'required', undefined],
    ['smtp://mailpit:1025?tls=off', 'mailpit', 1025, 'off', undefined],
    ['smtp://127.0.0.1:1025', '127.0.0.1', 1025, 'if-offered', undefined],
    ['smtp://localhost:1025', 'localhost', 1025, 'if-offered', undefined],
    ['smtp://[::1]:1025', '::1', 1025, 'if-offered', undefined],
  ])('%s', (url, host, port, tls, auth) => expect(parseSmtpUrl(url)).toEqual({ host, port, tls, auth }));

  test.each(['smtps://mail.example?tls=off', 'smtp://mail.example?tls=no', 'smtp://a:%zz@mail.example', 'x'])(
    '%s is none',
    (url) => expect(parseSmtpUrl(url)).toBeUndefined(),
  );

  test.each(['smtp://127.0.0.1.evil.example', 'smtp://localhost.evil.example'])('%s is not this machine', (url) =>
    expect(parseSmtpUrl(url)?.tls).toBe('required'),
  );
});

test('the log says at start where mails go, and not the password', () => {
  const lines: string[] = [];
  const log = pino({}, { write: (line) => lines.push(line) });
  logWhereMailsGo(log, read({}));
  expect(lines.pop()).toMatch(/"level":40.*\.data\/mail.*no mail is sent/);
  logWhereMailsGo(log, read({ SMTP_URL: 'smtps://shop:hush@mail.example', MAIL_FROM: 'a@b.example' }));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('mail.example');
  expect(lines[0]).not.toContain('hush');
});
