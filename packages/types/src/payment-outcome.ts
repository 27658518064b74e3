import { z } from 'zod';

/** What can become of money, as the rest of the system sees it; one Kafka topic each. */
export const PaymentOutcomeType = z.enum([
  'payment.succeeded',
  'payment.failed',
  'payment.refunded',
  'payment.disputed',
]);
export type PaymentOutcomeType = z.infer<typeof PaymentOutcomeType>;

/** A provider's id: printable, so that it can be stored and shown. */
const ProviderId = z.string().regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable characters');

/** What a 32-bit column holds; no real amount comes near. */
const MAX_REPORTED_AMOUNT = 2_147_483_647;

/**
 * One thing that a payment provider reported. `eventId` is the provider's id of the report, the key that makes settling
 * idempotent. `amount` is in minor units: what was received, refunded or disputed.
 */
export const PaymentOutcome = z.object({
  eventId: ProviderId,
  type: PaymentOutcomeType,
  orderId: z.uuid().toLowerCase(),
  paymentIntentId: ProviderId,
  amount: z.int().min(0).max(MAX_REPORTED_AMOUNT),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be an upper-case currency code, like EUR'),
  occurredAt: z.iso.datetime(),
  detail: z
    .string()
    .max(500)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters')
    .optional()
    .describe("The provider's own word: failure code, refund status or dispute status"),
  /** Absent where the report is about all refunds of a payment. */
  refundId: ProviderId.optional().describe("The refund's id at the provider"),
  /** A refund made by us says so; one made in the provider's dashboard does not, and nonsense there is no fault of it. */
  refundRequestId: z.uuid().toLowerCase().optional().catch(undefined).describe('Our id of the refund'),
  disputeId: ProviderId.optional().describe("The dispute's id at the provider"),
});
export type PaymentOutcome = z.infer<typeof PaymentOutcome>;
