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
        from: 'if (mail) await mailer.send(await composeMail({ id,',
        to: "if (mail && mail.occasion !== 'tickets') await mailer.send(await composeMail({ id,",
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
        from: 'if (mail) await mailer.send(await composeMail({ id,',
        to: 'for (const _ of [1, 2]) if (mail) await mailer.send(await composeMail({ id,',
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
        from: 'if (mail) await mailer.send(await composeMail({ id,',
        to: 'for (const each of [id, crypto.randomUUID()]) if (mail) await mailer.send(await composeMail({ id: each,',
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
    patches: [{ file: `${CORE}/mails-due.ts`, from: 'if (status !== when) continue;', to: 'if (when) continue;' }],
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
