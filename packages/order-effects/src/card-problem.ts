import type Stripe from 'stripe';

/** What to tell a buyer whose card was refused, in our own words. */
export function cardProblem({ code, decline_code: declineCode }: Stripe.errors.StripeCardError): string {
  // The decline code is the more exact of the two; Stripe's client makes an empty text of a missing one.
  const why = declineCode === '' ? code : declineCode;
  return CARD_PROBLEMS.get(why ?? '') ?? DECLINED;
}

const ANOTHER_CARD = 'Your tickets stay held; use another card.';
const DECLINED = 'The card was declined. Your tickets stay held; use another card, or contact your bank.';
const EXPIRED = `The card has expired. ${ANOTHER_CARD}`;
const WRONG_NUMBER = 'The card number is wrong. Your tickets stay held; check it, and try again.';
const WRONG_CVC = 'The security code of the card is wrong. Your tickets stay held; check it, and try again.';
const WRONG_EXPIRY = 'The expiration date of the card is wrong. Your tickets stay held; check it, and try again.';
const WRONG_POSTAL_CODE = 'The postal code does not match the card. Your tickets stay held; check it, and try again.';
const NO_FUNDS = `The card has insufficient funds. ${ANOTHER_CARD}`;
const NOT_SUPPORTED = `The card does not support this purchase. ${ANOTHER_CARD}`;
const NOT_NOW = 'The card could not be processed just now. Your tickets stay held; try again shortly.';

/**
 * What a buyer may be told about a card. All else is a plain refusal: Stripe asks not to tell anybody of `fraudulent`,
 * `lost_card`, `stolen_card` and the like (https://docs.stripe.com/declines/codes).
 */
const CARD_PROBLEMS = new Map([
  ['authentication_required', 'The bank asks for a confirmation. Your tickets stay held; pay again, and confirm it.'],
  ['card_not_supported', NOT_SUPPORTED],
  ['currency_not_supported', `The card does not support this currency. ${ANOTHER_CARD}`],
  ['expired_card', EXPIRED],
  ['incorrect_cvc', WRONG_CVC],
  ['incorrect_number', WRONG_NUMBER],
  ['incorrect_zip', WRONG_POSTAL_CODE],
  ['insufficient_funds', NO_FUNDS],
  ['invalid_cvc', WRONG_CVC],
  ['invalid_expiry_month', WRONG_EXPIRY],
  ['invalid_expiry_year', WRONG_EXPIRY],
  ['invalid_number', WRONG_NUMBER],
  ['issuer_not_available', NOT_NOW],
  ['processing_error', NOT_NOW],
  ['try_again_later', NOT_NOW],
]);
