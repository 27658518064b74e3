import { readOrderMail, type OrderMail } from '@ticketing/order-core/mail-data';
import type { BegunEffect, Effect } from '@ticketing/order-core/outbox';
import type { MailData } from '@ticketing/mail/mail-data';
import type { MailAddress } from '@ticketing/mail/mail-address';
import { composeMail } from '@ticketing/mail/message';
import { MailRefused, type Mailer } from '@ticketing/mail/transport';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type pg from 'pg';
import type { Precedence } from './precedence.ts';
import { cancelIntent, refund, type StripeAccess } from './stripe-effects.ts';

export interface EffectOptions extends StripeAccess {
  mailer: Mailer;
  mailFrom: MailAddress;
  /** Mails are made when it is their turn. */
  precedence: Pick<Precedence, 'turn'>;
}

/**
 * Carries out one effect, and returns what to settle afterwards, if anything. Running it again does nothing twice at
 * Stripe; a mail that was sent by an attempt that seemed to fail is sent again with the same Message-ID. It throws when it
 * must be tried again.
 */
export async function carryOut(
  options: EffectOptions,
  pool: pg.Pool,
  begun: BegunEffect,
): Promise<PaymentOutcome | undefined> {
  const { attempt, effect } = begun;
  switch (effect.kind) {
    case 'refund':
      return refund(options, effect, attempt);
    case 'cancel-payment':
      await options.limiter.waitTurn();
      return cancelIntent(options.stripe, effect);
    case 'mail':
      await sendMail(options, pool, begun, effect);
      return undefined;
  }
}

/** Whether trying again cannot help. */
export function isPermanent(error: unknown): boolean {
  return error instanceof MailRefused;
}

async function sendMail(
  { mailer, mailFrom, precedence }: EffectOptions,
  pool: pg.Pool,
  { id, createdAt }: BegunEffect,
  effect: Extract<Effect, { kind: 'mail' }>,
): Promise<void> {
  await precedence.turn();
  const mail = await readOrderMail(pool, effect);
  if (mail) await mailer.send(await composeMail({ id, createdAt, ...toMailData(mail) }, mailFrom));
}

type WithoutRow<Data> = Data extends MailData ? Omit<Data, 'id' | 'createdAt'> : never;

function toMailData({ occasion, refund, tickets, ...about }: OrderMail): WithoutRow<MailData> {
  switch (occasion) {
    case 'tickets':
      return { ...about, kind: 'tickets', tickets };
    case 'event-cancelled':
      return { ...about, kind: 'event-cancelled', refund };
    case 'refunded':
    case 'payment-late':
      if (!refund) throw new Error('The refund that the mail is about is gone');
      return { ...about, kind: occasion, refund };
  }
}
