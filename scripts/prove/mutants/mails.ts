import { CORE, type Mutant } from './mutant.ts';

const TICKETS = 'every order that got tickets got one email with all of their codes';
const TOLD = 'whoever gets money back, or loses tickets, is told so in one email, with the right amount';
const ONCE = 'an email comes once, or again when something broke meanwhile';

export const MAIL_MUTANTS: Mutant[] = [
  {
    name: 'email-noted-not-sent',
    what: 'the email with the tickets is noted as sent, and never sent',
    mode: 'standalone',
    patches: [
      {
        file: 'packages/order-effects/src/effects.ts',
        from: 'await mailer.send(mail);',
        to: "if (data.occasion !== 'tickets') await mailer.send(mail);",
      },
    ],
    rules: [TICKETS],
  },
  {
    name: 'email-sent-twice',
    what: 'every email is sent twice',
    mode: 'standalone',
    patches: [
      {
        file: 'packages/order-effects/src/effects.ts',
        from: 'await mailer.send(mail);',
        to: 'for (const _ of [1, 2]) await mailer.send(mail);',
      },
    ],
    rules: [ONCE],
  },
  {
    name: 'two-emails',
    what: 'every email is followed by another one that says the same',
    mode: 'standalone',
    patches: [
      {
        file: 'packages/order-effects/src/effects.ts',
        from: 'const mail = await composeMail({ id, createdAt,',
        to: 'await mailer.send(await composeMail({ id: crypto.randomUUID(), createdAt, ...toMailData(data) }, mailFrom)); const mail = await composeMail({ id, createdAt,',
      },
    ],
    rules: [TICKETS, TOLD],
  },
  {
    name: 'email-lacks-tickets',
    what: 'the email has the first ticket only',
    mode: 'standalone',
    patches: [
      { file: `${CORE}/mail-data.ts`, from: 'tickets: tickets ?? [],', to: 'tickets: tickets?.slice(0, 1) ?? [],' },
    ],
    rules: [TICKETS],
  },
  {
    name: 'nobody-told-of-refunds',
    what: 'whoever gets money back is not told',
    mode: 'standalone',
    patches: [{ file: `${CORE}/mails-due.ts`, from: 'if (mail) mails.push(mail);', to: '' }],
    rules: [TOLD],
  },
  {
    name: 'email-to-someone-else',
    what: 'emails go to an address that is not the one asked for',
    mode: 'standalone',
    patches: [{ file: `${CORE}/mail-data.ts`, from: 'to: row.email,', to: "to: row.email.replace('friend-of-', '')," }],
    rules: ['an email goes to the address of its order, and to nobody else'],
  },
];
