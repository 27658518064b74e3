import { missing } from '../api-error.ts';

/** What happens when a test payment method is charged (https://docs.stripe.com/testing). */
export type PaymentBehaviour = { type: string } & (
  | { kind: 'pays' }
  | { kind: 'asks' }
  | { kind: 'processes' }
  | { kind: 'declines'; code: string; declineCode: string; message: string }
);

const declines = (code: string, declineCode: string, message: string): PaymentBehaviour => ({
  type: 'card',
  kind: 'declines',
  code,
  declineCode,
  message,
});

const paymentMethods: Partial<Record<string, PaymentBehaviour>> = {
  pm_card_visa: { type: 'card', kind: 'pays' },
  pm_card_mastercard: { type: 'card', kind: 'pays' },
  pm_card_amex: { type: 'card', kind: 'pays' },
  pm_card_authenticationRequired: { type: 'card', kind: 'asks' },
  pm_card_chargeDeclined: declines('card_declined', 'generic_decline', 'Your card was declined.'),
  pm_card_chargeDeclinedInsufficientFunds: declines(
    'card_declined',
    'insufficient_funds',
    'Your card has insufficient funds.',
  ),
  pm_card_chargeDeclinedExpiredCard: declines('expired_card', 'expired_card', 'Your card has expired.'),
  // Confirmed by the bank days later: `processing` until then.
  pm_sepaDebit: { type: 'sepa_debit', kind: 'processes' },
};

/** Types that an intent may offer or exclude: those of the test payment methods, and more of Stripe's. */
const types = new Set(
  (
    'acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit bancontact billie blik boleto ' +
    'card cashapp crypto customer_balance eps fpx giropay grabpay ideal kakao_pay klarna konbini kr_card link mb_way ' +
    'mobilepay multibanco naver_pay nz_bank_account oxxo p24 pay_by_bank payco paynow paypal payto pix promptpay ' +
    'revolut_pay samsung_pay satispay sepa_debit sofort sunbit swish twint upi us_bank_account wechat_pay zip'
  ).split(' '),
);

export function isPaymentMethodType(type: string): boolean {
  return types.has(type);
}

/** What is offered when the intent does not say: SEPA takes euros only. The currency is in lower case. */
export function automaticTypes(currency: string): string[] {
  return currency === 'eur' ? ['card', 'sepa_debit'] : ['card'];
}

/** @throws resource_missing for anything but the test payment methods above. */
export function paymentBehaviour(paymentMethod: string): PaymentBehaviour {
  const behaviour = Object.hasOwn(paymentMethods, paymentMethod) ? paymentMethods[paymentMethod] : undefined;
  if (!behaviour) throw missing('PaymentMethod', paymentMethod, 'payment_method', 400);
  return behaviour;
}

/** What buyers pay with: names for `LocalStripe.pay` and `/_local/pay/…`, and the test payment methods they stand for. */
export const payableWith = {
  visa: 'pm_card_visa',
  declined: 'pm_card_chargeDeclined',
  authenticationRequired: 'pm_card_authenticationRequired',
  sepaDebit: 'pm_sepaDebit',
} as const;
export type PayableWith = keyof typeof payableWith;
