import { z } from 'zod';
import { operation } from './operation.ts';
import { AmountMinor, Currency, Email, EmailInput, Id, Instant, page, PageQuery } from './primitives.ts';

export const OrderStatus = z.enum(['pending', 'paid', 'expired', 'cancelled', 'refunding', 'refunded']);
export type OrderStatus = z.infer<typeof OrderStatus>;

/** Why the money of an order went back or goes back. */
export const RefundReason = z.enum([
  'requested',
  'event-cancelled',
  'event-over',
  'sold-out',
  'paid-twice',
  'at-provider',
]);
export type RefundReason = z.infer<typeof RefundReason>;

export const Payment = z
  .object({
    provider: z.literal('stripe'),
    intentId: z.string(),
    clientSecret: z.string().nullable().describe("For Stripe's browser library; null once nothing is left to pay"),
    status: z.enum(['open', 'failed', 'succeeded', 'cancelled']),
  })
  .meta({ id: 'Payment' });

export const OrderLine = z
  .object({ ticketTypeId: Id, name: z.string(), quantity: z.int(), unitPrice: AmountMinor })
  .meta({ id: 'OrderLine' });

export const Order = z
  .object({
    id: Id,
    eventId: Id,
    email: Email.describe('Where the tickets go'),
    status: OrderStatus,
    lines: z.array(OrderLine),
    total: z.int(),
    currency: Currency,
    expiresAt: Instant.describe('Until when a pending order holds its tickets'),
    createdAt: Instant,
    paidAt: Instant.nullable(),
    refundReason: RefundReason.nullable(),
    payment: Payment.nullable(),
  })
  .meta({ id: 'Order' });
export type Order = z.infer<typeof Order>;

/** Most lines one order may have. */
export const MAX_ORDER_LINES = 20;

const OrderLineRequest = z
  .strictObject({ ticketTypeId: Id, quantity: z.int().min(1).max(100) })
  .meta({ id: 'OrderLineRequest' });

export const NewOrder = z
  .strictObject({
    eventId: Id,
    lines: z
      .array(OrderLineRequest)
      .min(1)
      .max(MAX_ORDER_LINES)
      .refine(
        (lines) => new Set(lines.map((line) => line.ticketTypeId)).size === lines.length,
        'must name each ticket type once',
      ),
    email: EmailInput.optional().describe("Where the tickets go; the account's address by default"),
  })
  .meta({ id: 'PlaceOrderRequest' });
export type NewOrder = z.infer<typeof NewOrder>;

const OrderPage = page(Order).meta({ id: 'OrderPage' });
const OrderParams = z.object({ id: Id });

/** Printable ASCII, as header values are; Stripe's limit of 255 characters. */
const IdempotencyKey = z.string().min(1).max(255);

export const placeOrder = operation({
  id: 'placeOrder',
  tag: 'Orders',
  summary: 'Hold tickets',
  description:
    'All lines or none. The hold ends at `expiresAt`. With an `Idempotency-Key`, repeating the call answers with the ' +
    'same order. A total of 0 is paid at once. `LIMIT_EXCEEDED` names the `limit`: `maxPerOrder`, `maxTotal`, ' +
    '`openHolds` or `maxPerBuyer`, with what the buyer has in `current`.',
  method: 'post',
  path: '/orders',
  access: 'signed-in',
  headers: z.object({ 'idempotency-key': IdempotencyKey.optional() }),
  body: NewOrder,
  answers: {
    200: {
      description: 'The order that the same key made before',
      schema: Order,
      headers: { 'Idempotent-Replayed': '`true`' },
    },
    201: { description: 'Held', schema: Order, headers: { Location: 'Path of the order' } },
  },
  errors: [
    'NOT_FOUND',
    'SOLD_OUT',
    'SALES_CLOSED',
    'EVENT_NOT_ON_SALE',
    'LIMIT_EXCEEDED',
    'IDEMPOTENCY_KEY_REUSED',
    'RATE_LIMITED',
  ],
});

export const listOrders = operation({
  id: 'listOrders',
  tag: 'Orders',
  summary: 'Own orders, newest first; with `eventId`, the orders of an own event',
  method: 'get',
  path: '/orders',
  access: 'signed-in',
  query: z.object({ ...PageQuery, eventId: Id.optional(), status: OrderStatus.optional() }),
  answers: { 200: { description: 'One page', schema: OrderPage } },
  errors: ['NOT_FOUND'],
});

export const readOrder = operation({
  id: 'readOrder',
  tag: 'Orders',
  summary: 'One order',
  method: 'get',
  path: '/orders/{id}',
  access: 'signed-in',
  params: OrderParams,
  answers: { 200: { description: 'The order', schema: Order } },
  errors: ['NOT_FOUND'],
});

export const startPayment = operation({
  id: 'startPayment',
  tag: 'Orders',
  summary: 'Start paying: creates or returns the PaymentIntent',
  method: 'post',
  path: '/orders/{id}/payment',
  access: 'signed-in',
  params: OrderParams,
  answers: { 200: { description: 'The order with its payment', schema: Order } },
  errors: ['NOT_FOUND', 'ORDER_STATE', 'RATE_LIMITED', 'PAYMENT_PROVIDER'],
});

export const cancelOrder = operation({
  id: 'cancelOrder',
  tag: 'Orders',
  summary: 'Give the held tickets back',
  method: 'post',
  path: '/orders/{id}/cancel',
  access: 'signed-in',
  params: OrderParams,
  answers: { 200: { description: 'The cancelled order', schema: Order } },
  errors: ['NOT_FOUND', 'ORDER_STATE', 'RATE_LIMITED'],
});

export const RefundOrderRequest = z
  .strictObject({
    includeCheckedIn: z.boolean().default(false).describe('Also if tickets of the order were checked in'),
  })
  .meta({ id: 'RefundOrderRequest' });

export const refundOrder = operation({
  id: 'refundOrder',
  tag: 'Orders',
  summary: 'Refund a paid order: its tickets are void at once, the money follows',
  method: 'post',
  path: '/orders/{id}/refund',
  description:
    "For those who may manage the order's event, whoever bought it. An order with a checked-in ticket is refused, and the " +
    'tickets are named in `tickets`, unless the body says `includeCheckedIn`.',
  access: ['organizer', 'admin'],
  params: OrderParams,
  body: RefundOrderRequest,
  isBodyOptional: true,
  answers: { 202: { description: 'The refund is under way', schema: Order } },
  errors: ['NOT_FOUND', 'ORDER_STATE', 'ALREADY_CHECKED_IN'],
});

const TicketTypeAvailability = z
  .object({ ticketTypeId: Id, capacity: z.int(), held: z.int(), sold: z.int(), available: z.int() })
  .meta({ id: 'TicketTypeAvailability' });

export const Availability = z
  .object({
    eventId: Id,
    ticketTypes: z.array(TicketTypeAvailability),
    asOf: Instant,
  })
  .meta({ id: 'Availability' });
export type Availability = z.infer<typeof Availability>;

export const readAvailability = operation({
  id: 'readAvailability',
  tag: 'Events',
  summary: 'What is left of each ticket type',
  method: 'get',
  path: '/events/{id}/availability',
  access: 'optional',
  params: OrderParams,
  answers: { 200: { description: 'Stock at `asOf`', schema: Availability } },
  errors: ['NOT_FOUND'],
});

const CancellationCounts = z
  .object({
    pending: z.int().describe('Holds that are still to be ended'),
    paid: z.int().describe('Still to be refunded'),
    refunding: z.int().describe('The money is on its way'),
    refunded: z.int(),
    stuck: z.int().describe('Refunds that a person has to look at; not counted as `refunding`'),
  })
  .meta({ id: 'CancellationCounts' });

export const EventCancellation = z
  .object({
    eventId: Id,
    status: z
      .enum(['running', 'finished'])
      .describe('`finished` when no order is left to end, and all money is back that the payment provider takes back'),
    startedAt: Instant.nullable().describe('When its orders began to be ended; null for the first second'),
    orders: CancellationCounts,
    asOf: Instant,
  })
  .meta({ id: 'EventCancellation' });
export type EventCancellation = z.infer<typeof EventCancellation>;

export const readCancellation = operation({
  id: 'readCancellation',
  tag: 'Events',
  summary: "How far a cancelled event's refunds are",
  method: 'get',
  path: '/events/{id}/cancellation',
  access: ['organizer', 'admin'],
  params: OrderParams,
  answers: { 200: { description: 'Counts of its orders at `asOf`', schema: EventCancellation } },
  errors: ['NOT_FOUND', 'EVENT_STATE'],
});

const WebhookReceipt = z.object({ received: z.literal(true), outcome: z.string() }).meta({ id: 'WebhookReceipt' });

export const stripeWebhook = operation({
  id: 'stripeWebhook',
  tag: 'Orders',
  summary: "Receives Stripe's events",
  description:
    'Signed with `Stripe-Signature` (https://docs.stripe.com/webhooks#verify-manually), at most 300 s old, up to 1 MB.',
  method: 'post',
  path: '/orders/webhook',
  access: 'public',
  rawBodyLimitBytes: 1_000_000,
  answers: { 200: { description: 'Taken', schema: WebhookReceipt } },
  errors: ['MALFORMED_REQUEST', 'BODY_TOO_LARGE'],
});

export const orderOperations = [
  placeOrder,
  listOrders,
  readOrder,
  startPayment,
  cancelOrder,
  refundOrder,
  readAvailability,
  readCancellation,
  stripeWebhook,
] as const;
