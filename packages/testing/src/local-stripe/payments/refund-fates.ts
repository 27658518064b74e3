import type { RefundStatus } from '../books.ts';

/** What Stripe says of a refund. */
export interface RefundFate {
  status: RefundStatus;
  /** With `failed` only; `unknown` when not given (https://docs.stripe.com/refunds#failed-refunds). */
  failureReason?: string | undefined;
}

/** The same for the next `times` refunds. */
export interface NextRefunds extends RefundFate {
  times: number;
}

export interface RefundFates {
  add: (next: NextRefunds) => void;
  /** What becomes of the refund being made now; thereby used once. Succeeds at once when nothing else was asked for. */
  next: () => RefundFate;
}

export function refundFates(): RefundFates {
  const waiting: NextRefunds[] = [];
  return {
    add: (next) => void waiting.push({ ...next }),
    next() {
      const [first] = waiting;
      if (!first) return { status: 'succeeded' };
      first.times -= 1;
      if (first.times <= 0) waiting.shift();
      return { status: first.status, failureReason: first.failureReason };
    },
  };
}
