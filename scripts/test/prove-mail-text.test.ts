import { expect, test } from 'vitest';
import { readMailText } from '../prove/shop/mail-text.ts';

const lines = (...text: string[]) => Buffer.from(text.join('\r\n'));

test('the plain part of an email is read, wherever it is and however it is written', () => {
  const mail = lines(
    'To: ann@example.com',
    'Subject: Your ticket:',
    ' The Event',
    'Message-ID: <0199@shop.example>',
    'Content-Type: multipart/mixed;',
    ' boundary="--1"',
    '',
    '----1',
    'Content-Type: multipart/alternative; boundary=2',
    '',
    '--2',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Code: ABC=',
    'DEF',
    '=E2=82=AC35.00',
    '--2',
    'Content-Type: text/html',
    '',
    '<p>Code: XYZ</p>',
    '--2--',
    '----1--',
  );
  const text = 'Code: ABCDEF\n€35.00';
  expect(readMailText(mail)).toEqual({ messageId: '0199@shop.example', subject: 'Your ticket: The Event', text });
});

test('a part may be base64, or as it is', () => {
  const encoded = Buffer.from('Total: €35.00').toString('base64');
  expect(readMailText(lines('Content-Transfer-Encoding: base64', '', encoded)).text).toBe('Total: €35.00');
  expect(readMailText(lines('Content-Type: text/plain', '', 'Total: €35.00')).text).toBe('Total: €35.00');
  expect(readMailText(lines('Content-Type: text/html', '', 'nothing')).text).toBe('');
});
