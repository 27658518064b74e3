import { z } from 'zod';

/** What can become of money, as the rest of the system sees it; one Kafka topic each. */
export const PaymentOutcomeType = z.enum([
  'payment.succeeded',
  'payment.failed',
  'payment.refunded',
  'payment.disputed',
]);
export type PaymentOutcomeType = z.infer<typeof PaymentOutcomeType>;

/**
 * One thing that a payment provider reported. `eventId` is the provider's id of the report, the key that makes settling
 * idempotent. `amount` is in minor units: what was received, refunded or disputed.
 */
export const PaymentOutcome = z.object({
  eventId: z.string().min(1).max(255),
  type: PaymentOutcomeType,
  orderId: z.uuid().toLowerCase(),
  paymentIntentId: z.string().min(1).max(255),
  amount: z.int().min(0),
  currency: z.string().regex(/^[A-Z]{3}$/),
  occurredAt: z.iso.datetime(),
  detail: z.string().max(500).optional().describe('Failure code, refund status or dispute status at the provider'),
});
export type PaymentOutcome = z.infer<typeof PaymentOutcome>;
