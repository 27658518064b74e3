import { readOrderMail, type MailedRefund, type OrderMail } from '@ticketing/order-core/mail-data';
import { AMOUNT_PATIENCE_MS, type BegunEffect, type Effect, type EffectFault } from '@ticketing/order-core/outbox';
import { accountOfIntent } from '@ticketing/order-core/payments';
import { readDueRefund } from '@ticketing/order-core/refund-due';
import type { MailData } from '@ticketing/mail/mail-data';
import type { MailAddress } from '@ticketing/mail/mail-address';
import { composeMail } from '@ticketing/mail/message';
import { MailDeferred, MailRefused, type Mailer } from '@ticketing/mail/transport';
import { isUnavailable } from '@ticketing/service-kit/postgres';
import { ProblemError } from '@ticketing/service-kit/problem';
import type { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type pg from 'pg';
import Stripe from 'stripe';
import type { Precedence } from './precedence.ts';
import type { StripeAccess } from './stripe-access.ts';
import { stripeFault } from './stripe-fault.ts';
import { cancelIntent, PaymentProcessing } from './stripe-intent.ts';
import { readRefunds, refund } from './stripe-refund.ts';
import type { Settled } from '@ticketing/order-core/settling';

export interface EffectOptions extends StripeAccess {
  mailer: Mailer;
  mailFrom: MailAddress;
  /** Mails are made when it is their turn. */
  precedence: Pick<Precedence, 'turn'>;
}

/** Nothing failed, but something else has to come to an end first. */
class NotYet extends Error {
  override name = 'NotYet';
}

/**
 * Carries out one effect, and settles what came of it. Running it again does nothing twice at Stripe; a mail that was sent
 * by an attempt that seemed to fail is sent again with the same Message-ID. It throws when it must be tried again:
 * `faultOf` says what that means.
 */
export async function carryOut(
  options: EffectOptions & { settle: (outcome: PaymentOutcome) => Promise<Settled> },
  pool: pg.Pool,
  begun: BegunEffect,
): Promise<void> {
  const { effect } = begun;
  const settleAll = async (outcomes: PaymentOutcome[]) => {
    for (const outcome of outcomes) await options.settle(outcome);
  };
  switch (effect.kind) {
    case 'refund': {
      const due = await readDueRefund(pool, effect);
      if (!due) return;
      await settleAll(await refund(options, due, begun.attempt));
      const left = await readDueRefund(pool, effect);
      if (left?.amount === due.amount) throw new Error('Stripe has refunds of this payment, but not this one');
      // Some had gone back by hand: what is left of it is asked for next.
      if (left) throw new NotYet('Less is due than before: some of it was refunded by hand');
      return;
    }
    case 'read-refunds':
      return settleAll(await readRefunds(options, effect));
    case 'cancel-payment': {
      const accountId = await accountOfIntent(pool, effect);
      await options.limiter.waitTurn();
      return settleAll([await cancelIntent(options, { ...effect, accountId })]);
    }
    case 'mail':
      return sendMail(options, pool, begun, effect);
  }
}

/** What an attempt failed by: whether it counts, and whether trying again can help. */
export function faultOf(error: unknown): EffectFault {
  if (error instanceof MailRefused) return 'permanent';
  if (error instanceof PaymentProcessing || error instanceof NotYet) return 'waiting';
  if (error instanceof Stripe.errors.StripeError) return stripeFault(error);
  // Too much waits to be settled, or for a turn at Stripe; or this process is closing.
  const isBusy = error instanceof ProblemError && error.code === 'UNAVAILABLE';
  return isBusy || error instanceof TransportFault || isUnavailable(error) ? 'infrastructure' : 'object';
}

/** Whatever keeps any mail from being sent. */
class TransportFault extends Error {
  override name = 'TransportFault';
}

async function sendMail(
  { mailer, mailFrom, precedence }: EffectOptions,
  pool: pg.Pool,
  { id, createdAt }: BegunEffect,
  effect: Extract<Effect, { kind: 'mail' }>,
): Promise<void> {
  const data = await readOrderMail(pool, effect);
  if (!data) return;
  const isTooEarly = data.refund?.amount === null && Date.now() - createdAt.getTime() < AMOUNT_PATIENCE_MS;
  if (isTooEarly) throw new NotYet('Stripe has not taken on the refund that the mail is about');
  await precedence.turn();
  const mail = await composeMail({ id, createdAt, ...toMailData(data) }, mailFrom);
  try {
    await mailer.send(mail);
  } catch (error) {
    if (error instanceof MailRefused || error instanceof MailDeferred) throw error;
    throw new TransportFault(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function known(refund: OrderMail['refund']): MailedRefund {
  if (!refund) throw new Error('The refund that the mail is about is gone');
  return refund;
}

type WithoutRow<Data> = Data extends MailData ? Omit<Data, 'id' | 'createdAt'> : never;

function toMailData({ occasion, refund, tickets, ...about }: OrderMail): WithoutRow<MailData> {
  switch (occasion) {
    case 'tickets':
      return { ...about, kind: 'tickets', tickets };
    case 'event-cancelled':
      return { ...about, kind: 'event-cancelled', refund };
    case 'refunded':
      return { ...about, kind: 'refunded', refund: known(refund), hasTickets: tickets.length > 0 };
    case 'payment-late':
      return { ...about, kind: 'payment-late', refund: known(refund) };
  }
}
