import { messageOf } from '@ticketing/service-kit/error-message';
import { outcomeTypeOf } from '@ticketing/kafka/topics';
import { findObstacle, recordSendingBack, type Obstacle } from '@ticketing/order-core/sent-back';
import { refundUnsettled } from '@ticketing/order-effects/refund-unsettled';
import type { StripeAccess } from '@ticketing/order-effects/stripe-access';
import { PaymentOutcome } from '@ticketing/types/payment-outcome';
import type pg from 'pg';
import { discard, type Handled, type Handling } from './handle.ts';
import type { DeadLetter } from './letter.ts';
import { readWhole, type WholeLetter } from './show.ts';
import type { Sources } from './sources.ts';

/** Codes of payments that can buy nothing: their money may go back. */
export const REFUNDABLE = ['UNKNOWN_ORDER', 'AMOUNT_MISMATCH'];

/** Who sends money back, and why; kept with each payment. */
export interface RefundDecision {
  actor: string;
  note: string | null;
}

export interface RefundWork extends RefundDecision {
  sources: Sources & { pool: pg.Pool };
  access: Omit<StripeAccess, 'account'>;
  /** Every dead letter there is. */
  all: DeadLetter[];
}

/** Whether a dead letter is a payment that can buy nothing; other reports of unknown orders move no money of ours. */
export function isRefundable({ code, topic }: DeadLetter, topicPrefix: string): boolean {
  return REFUNDABLE.includes(code) && topic !== null && outcomeTypeOf(topic, topicPrefix) === 'payment.succeeded';
}

/**
 * Sends whole payments back, one after the other, and marks their dead letters as seen to. One that went back already is
 * only marked, so that a run that broke off can be repeated.
 */
export async function* refundLetters(work: RefundWork, letters: DeadLetter[]): AsyncGenerator<Handling, void> {
  const { sources, all } = work;
  const topicPrefix = sources.kafka?.topicPrefix ?? '';
  const open = letters.filter((letter) => isRefundable(letter, topicPrefix));
  for (const letter of letters) {
    if (open.includes(letter)) continue;
    yield { letter, handled: failed('It is no payment that can be refunded. See discard, or replay.') };
  }
  // All are read first: no topic is kept waiting for Stripe.
  const outcomes = new Map<string, PaymentOutcome | undefined>();
  for await (const whole of readWhole(sources, open)) outcomes.set(whole.id, outcomeOf(whole));
  for (const letter of open) {
    const outcome = outcomes.get(letter.id);
    const handled = outcome
      ? await sendBack(work, letter, outcome)
      : failed('It is gone meanwhile, or cannot be read.');
    if (handled.kind === 'refunded') {
      for await (const marked of discard(sources, [letter], all)) {
        if (marked.handled.kind === 'discarded') letter.handled = 'discarded';
      }
    }
    yield { letter, handled };
  }
}

function outcomeOf({ value }: WholeLetter): PaymentOutcome | undefined {
  return value && 'json' in value ? PaymentOutcome.safeParse(value.json).data : undefined;
}

async function sendBack(
  { sources, access, actor, note }: RefundWork,
  { code }: DeadLetter,
  { orderId, paymentIntentId: intentId }: PaymentOutcome,
): Promise<Handled> {
  try {
    const obstacle = await findObstacle(sources.pool, { orderId, intentId, code });
    if (obstacle) return failed(OBSTACLES[obstacle]);
    const attempt = await recordSendingBack(sources.pool, { orderId, intentId, actor, note });
    const refunded = await refundUnsettled(access, { orderId, intentId, attempt });
    switch (refunded.kind) {
      case 'refunded':
      case 'refunded-before':
        return { kind: 'refunded', how: refunded.kind === 'refunded' ? refunded.status : 'already' };
      case 'refused':
        return failed(refunded.reason);
    }
  } catch (error) {
    return failed(messageOf(error));
  }
}

const OBSTACLES: Record<Obstacle, string> = {
  'order-known': 'Its order is there now: replay it.',
  paid: 'It has paid its order by now: discard it, or refund the order.',
};

function failed(reason: string): Handled {
  return { kind: 'failed', reason };
}
