import { ApiError, missing } from './api-error.ts';
import type { Books } from './books.ts';
import type { LocalStripe } from './handle.ts';
import { confirmIntent, finishProcessing } from './payments/confirm-intent.ts';
import { changeDispute, openDispute } from './payments/disputes.ts';
import { findIntent, findPaidCharge, type Emit } from './payments/payment-intents.ts';
import { payableWith } from './payments/payment-methods.ts';
import type { RefundFates } from './payments/refund-fates.ts';
import { changeRefund, createRefund } from './payments/refunds.ts';

type BuyerAndBank = Pick<
  LocalStripe,
  'pay' | 'finishProcessing' | 'changeRefund' | 'refundByHand' | 'dispute' | 'changeDispute'
>;

/** What buyers, their banks and people in the dashboard do, which Stripe's API does not offer. */
export function buyerAndBank(books: Books, emit: Emit, fates: RefundFates): BuyerAndBank {
  return {
    pay(intentId, card = 'visa') {
      const intent = findIntent(books, intentId);
      try {
        confirmIntent(books, emit, intent, payableWith[card]);
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 402)) throw error;
      }
      return structuredClone(intent);
    },
    finishProcessing(intentId, outcome) {
      const intent = findIntent(books, intentId);
      finishProcessing(books, emit, intent, outcome);
      return structuredClone(intent);
    },
    changeRefund(refundId, status, failureReason) {
      const refund = books.refunds.get(refundId);
      if (!refund) throw missing('refund', refundId, 'id', 404);
      changeRefund(books, emit, refund, { status, failureReason });
      return structuredClone(refund);
    },
    refundByHand(intentId, amount) {
      const charge = findPaidCharge(books, findIntent(books, intentId));
      const given = { amount, reason: 'requested_by_customer', metadata: {} };
      return structuredClone(createRefund(books, emit, charge, given, fates));
    },
    dispute(intentId, given = {}) {
      const charge = findPaidCharge(books, findIntent(books, intentId));
      return structuredClone(openDispute(books, emit, charge, given));
    },
    changeDispute(disputeId, status) {
      const dispute = books.disputes.get(disputeId);
      if (!dispute) throw missing('dispute', disputeId, 'dispute', 404);
      changeDispute(emit, dispute, status);
      return structuredClone(dispute);
    },
  };
}
