import type { RefundReason } from '@ticketing/types/order';
import type { MailData, MailRefund } from './mail-data.ts';
import { formatMoney } from './money.ts';
import { oneLine } from './plain.ts';
import { whenOf, type When } from './when.ts';

/** What a mail says, before it is text or HTML. Every string is one line, and none is escaped. */
export interface Letter {
  subject: string;
  heading: string;
  paragraphs: string[];
  event: { title: string; venue: string; when: When };
  tickets: { code: string; name: string; label: string }[];
  order: { id: string; lines: { what: string; price: string }[]; total: string };
  footer: string;
}

/** Finds the words for a mail. */
export function letterOf(data: MailData): Letter {
  const { order, event } = data;
  const title = oneLine(event.title);
  const tickets = data.kind === 'tickets' ? data.tickets : [];
  const { heading, paragraphs } = words(data);
  return {
    subject: `${heading}: ${notEncoded(oneLine(event.title, MAX_TITLE_IN_SUBJECT))}`,
    heading,
    paragraphs,
    event: { title, venue: oneLine(event.venue), when: whenOf(event) },
    tickets: tickets.map(({ code, ticketTypeName }, index) => ({
      code,
      name: oneLine(ticketTypeName),
      label: `Ticket ${index + 1} of ${tickets.length}`,
    })),
    order: {
      id: order.id,
      lines: order.lines.map(({ name, quantity, unitPrice }) => ({
        what: `${quantity} × ${oneLine(name)}`,
        price: formatMoney(quantity * unitPrice, order.currency),
      })),
      total: formatMoney(order.total, order.currency),
    },
    footer: 'This mail was sent automatically.',
  };
}

/** Mail programs show some 70 characters of a subject. */
const MAX_TITLE_IN_SUBJECT = 100;

/**
 * A title such as `=?utf-8?B?…?=` would go out as it is, and be decoded by whoever reads it, to line breaks for instance
 * (RFC 2047, section 2).
 */
function notEncoded(text: string): string {
  return text.replace(/=\?(?=[^\s?]+\?[bq]\?)/gi, '= ?');
}

function words(data: MailData): Pick<Letter, 'heading' | 'paragraphs'> {
  switch (data.kind) {
    case 'tickets':
      return data.tickets.length === 1
        ? {
            heading: 'Your ticket',
            paragraphs: [
              'Thank you for your order. Here is your ticket: show its QR code at the entrance, on a screen or on paper.',
              'It lets one person in, once. Whoever has the code can use it, so keep this mail to yourself.',
            ],
          }
        : {
            heading: 'Your tickets',
            paragraphs: [
              `Thank you for your order. Here are your ${data.tickets.length} tickets: show their QR codes at the entrance, on a screen or on paper.`,
              'Each lets one person in, once. Whoever has a code can use it, so pass it on only to whom it is for.',
            ],
          };
    case 'refunded':
      return {
        heading: 'Your refund',
        paragraphs: [WHY[data.refund.reason], ...moneyGoesBack(data.refund), whatOfTickets(data)],
      };
    case 'event-cancelled':
      return {
        heading: 'Cancelled',
        paragraphs: [
          'We are sorry: this event was cancelled and does not take place.',
          ...moneyGoesBack(data.refund),
          'Your tickets are no longer valid.',
        ],
      };
    case 'payment-late':
      return {
        heading: 'Your payment came too late',
        paragraphs: [WHY[data.refund.reason], ...moneyGoesBack(data.refund), NO_TICKETS],
      };
  }
}

/** Nothing where nothing was paid. */
function moneyGoesBack(refund: MailRefund | null): string[] {
  if (!refund || refund.amount === 0) return [];
  const { amount, earlierAmount, currency } = refund;
  const what = amount === null ? 'What you paid' : formatMoney(amount, currency);
  return [
    `${what} goes back the way you paid. It may take your bank up to ten working days to show it.`,
    ...(earlierAmount > 0 ? [`${formatMoney(earlierAmount, currency)} had been refunded before.`] : []),
  ];
}

const WHY: Record<RefundReason, string> = {
  requested: 'The organizer has refunded your order.',
  'event-cancelled': 'We are sorry: this event was cancelled and does not take place.',
  'event-over': 'Your payment came when the time to pay was over and the event had ended.',
  'sold-out': 'Your payment came when the time to pay was over, and your tickets had been sold to others meanwhile.',
  'paid-twice': 'Your order was paid twice, so one of the two payments goes back.',
  'at-provider': 'Your order was refunded.',
};

const NO_TICKETS = 'You have no tickets from this order.';

function whatOfTickets({ refund, hasTickets }: Extract<MailData, { kind: 'refunded' }>): string {
  switch (refund.reason) {
    case 'paid-twice':
      return hasTickets ? 'Your tickets stay valid.' : NO_TICKETS;
    case 'sold-out':
    case 'event-over':
      return NO_TICKETS;
    case 'requested':
    case 'at-provider':
    case 'event-cancelled':
      return 'Your tickets are no longer valid.';
  }
}
