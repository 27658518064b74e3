import type { Told } from '../history.ts';

/** All that the checker goes by: what people were told, and what the books say once all has settled. */
export interface World {
  history: Told[];
  database: Database;
  /** Undefined where there is no Kafka. */
  topics: Topics | undefined;
  stripe: StripeBooks;
  disturbances: Disturbance[];
}

/** A time, in ms since 1970, in which a process was killed, or a connection or a server broken or slow. */
export interface Disturbance {
  fromMs: number;
  toMs: number;
}

/** Tables, as far as they are about the events of this run. Money in minor units, times in ms since 1970. */
export interface Database {
  ticketTypes: {
    id: string;
    eventId: string;
    eventStatus: string;
    price: number;
    capacity: number;
    held: number;
    sold: number;
    /** Tickets that one buyer may have, of this type and of its event; null: any number. */
    maxPerBuyer: number | null;
    eventMaxPerBuyer: number | null;
  }[];
  orders: OrderRow[];
  tickets: { orderId: string; ticketTypeId: string; code: string; status: string }[];
  /** What was done with tickets at the door: `in` or `undo`. */
  doorActs: { code: string; kind: string }[];
  refunds: RefundRow[];
  /** What replicas of the release before know of refunds: one row for each payment. */
  mirroredRefunds: Pick<RefundRow, 'orderId' | 'intentId' | 'amount' | 'reason' | 'status'>[];
  /** Payments that the shop started. */
  payments: { orderId: string; intentId: string; status: string }[];
  /** Reports of Stripe that were taken in. */
  reports: {
    eventId: string;
    orderId: string | null;
    intentId: string | null;
    result: string;
    reason: string | null;
  }[];
  outbox: EffectRow[];
}

/** One refund of a payment: there may be several, by us and by hand. */
export interface RefundRow {
  id: string;
  orderId: string;
  intentId: string;
  /** Null: Stripe has not made it. */
  stripeId: string | null;
  /** Attempts that failed at Stripe, and were followed by another one. */
  formerStripeIds: string[];
  amount: number;
  currency: string;
  /** `at-provider`: made by hand at Stripe. */
  reason: string;
  status: string;
}

/** Something to be done outside. */
export interface EffectRow {
  id: string;
  kind: string;
  orderId: string;
  /** What kind of email, if it is one. */
  mail: string | null;
  intentId: string | null;
  /** How often it was begun. */
  attempts: number;
  createdAt: number;
  doneAt: number | null;
  isDone: boolean;
  isParked: boolean;
  lastError: string | null;
}

export interface OrderRow {
  id: string;
  buyerId: string;
  eventId: string;
  email: string;
  status: string;
  total: number;
  currency: string;
  paidIntentId: string | null;
  refundReason: string | null;
  key: string | null;
  expiresAt: number;
  lines: { ticketTypeId: string; quantity: number; unitPrice: number }[];
}

export interface Topics {
  /** Ids of the events that were queued, in any outcome topic. */
  queued: { topic: string; eventId: string }[];
  deadLetters: { topic: string; code: string; eventId: string | undefined; intentId: string | undefined }[];
  /** Messages that the group has not settled yet, by partition. */
  unsettled: { topic: string; partition: number; messages: number }[];
}

export interface StripeBooks {
  intents: {
    id: string;
    status: string;
    amount: number;
    amountReceived: number;
    currency: string;
    orderId: string | undefined;
    /** When the money was taken, in ms since 1970, whole seconds. */
    chargedAt: number | undefined;
  }[];
  refunds: StripeRefund[];
  /** Webhooks and what became of them. */
  events: { id: string; type: string; orderId: string | undefined; delivered: number; undelivered: number }[];
}

export interface StripeRefund {
  id: string;
  intentId: string;
  amount: number;
  currency: string;
  status: string;
}

/** A rule, and what breaks it: one sentence each. */
export interface Rule {
  name: string;
  find: (world: World) => string[];
}

export interface Violation {
  rule: string;
  what: string;
}
