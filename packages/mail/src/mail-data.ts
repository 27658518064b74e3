import type { RefundReason } from '@ticketing/types/order';

/** What a mail is about: one kind for each reason that a buyer is written to. */
export type MailData =
  /** The order is paid: here are its tickets. */
  | (About & { kind: 'tickets'; tickets: MailTicket[] })
  /** The order's money goes back and its tickets are void; or a second payment of it goes back, and those there are stay valid. */
  | (About & { kind: 'refunded'; refund: MailRefund; hasTickets: boolean })
  /** The event does not take place; `refund` is null where nothing was paid. */
  | (About & { kind: 'event-cancelled'; refund: MailRefund | null })
  /** The money came after the hold had ended, and there was no seat left: no tickets, the money goes back. */
  | (About & { kind: 'payment-late'; refund: MailRefund });

export type MailKind = MailData['kind'];

interface About {
  /** Of the outbox row. The message's id is made of it, so a mail that is sent again has the same one. */
  id: string;
  /** When the row was written: the mail's date, also when it is sent later or again. */
  createdAt: Date;
  /** The buyer's address: one, without a name. */
  to: string;
  order: MailOrder;
  event: MailEvent;
}

export interface MailOrder {
  id: string;
  /** Minor units of `currency`. */
  total: number;
  /** ISO 4217 */
  currency: string;
  /** `unitPrice` in minor units. */
  lines: { name: string; quantity: number; unitPrice: number }[];
}

export interface MailEvent {
  id: string;
  title: string;
  venue: string;
  /** IANA name of the zone that the times are shown in. */
  timezone: string;
  startsAt: Date;
  endsAt: Date;
}

export interface MailTicket {
  /** What the QR code says, and what is typed at the door if it cannot be read. */
  code: string;
  ticketTypeName: string;
}

/** Money that goes back, in minor units of `currency`. */
export interface MailRefund {
  /** Null while it is not known how much that will be. */
  amount: number | null;
  /** What had gone back of the same payment before. */
  earlierAmount: number;
  currency: string;
  reason: RefundReason;
}
