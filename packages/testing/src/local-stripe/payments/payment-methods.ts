import { missing } from './api-error.ts';

/** What happens when a test payment method is charged (https://docs.stripe.com/testing). */
export type CardBehaviour =
  { kind: 'pays' } | { kind: 'asks' } | { kind: 'declines'; code: string; declineCode: string; message: string };

const declines = (code: string, declineCode: string, message: string): CardBehaviour => ({
  kind: 'declines',
  code,
  declineCode,
  message,
});

const cards: Partial<Record<string, CardBehaviour>> = {
  pm_card_visa: { kind: 'pays' },
  pm_card_mastercard: { kind: 'pays' },
  pm_card_amex: { kind: 'pays' },
  pm_card_authenticationRequired: { kind: 'asks' },
  pm_card_chargeDeclined: declines('card_declined', 'generic_decline', 'Your card was declined.'),
  pm_card_chargeDeclinedInsufficientFunds: declines(
    'card_declined',
    'insufficient_funds',
    'Your card has insufficient funds.',
  ),
  pm_card_chargeDeclinedExpiredCard: declines('expired_card', 'expired_card', 'Your card has expired.'),
};

/** @throws resource_missing for anything but the test payment methods above. */
export function cardBehaviour(paymentMethod: string): CardBehaviour {
  const card = Object.hasOwn(cards, paymentMethod) ? cards[paymentMethod] : undefined;
  if (!card) throw missing('PaymentMethod', paymentMethod, 'payment_method', 400);
  return card;
}
