import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** What someone did. */
export type Deed =
  /** Asked for tickets to be held. */
  | 'hold'
  | 'read-order'
  | 'read-tickets'
  /** Asked for the payment to be started. */
  | 'start-payment'
  /** Paid at Stripe, as a browser does. */
  | 'pay'
  | 'cancel-order'
  /** The organizer's. */
  | 'refund-order'
  | 'check-in'
  | 'undo-check-in'
  | 'change-capacity'
  | 'cancel-event'
  /** In Stripe's dashboard, past the shop. */
  | 'refund-by-hand'
  /** The bank says what becomes of a debit. */
  | 'finish-debit'
  /** An operator's: retries a refund that waits for a person; the status is the command's exit status. */
  | 'retry-refund'
  /** A payment intent made at Stripe past the shop, for an order of ours or of nobody's. */
  | 'foreign-intent'
  /** Got an email: `who` is the address, and the status is what the mail server answered. */
  | 'get-mail';

/** One request and all that its sender was told: a line of the history. */
export interface Told {
  /** When it was sent, in ms since 1970. */
  at: number;
  tookMs: number;
  who: string;
  deed: Deed;
  /** HTTP status; 0: no answer came. */
  status: number;
  /** Of a refusal. */
  code?: string | undefined;
  buyerId?: string | undefined;
  /** Idempotency key that was sent. */
  key?: string | undefined;
  lines?: { ticketTypeId: string; quantity: number }[] | undefined;
  orderId?: string | undefined;
  orderStatus?: string | undefined;
  /** Minor units. */
  total?: number | undefined;
  /** The answer was said to be that of an earlier request. */
  isReplay?: boolean | undefined;
  intentId?: string | undefined;
  intentStatus?: string | undefined;
  /** Here, or of one by hand at Stripe. */
  refundId?: string | undefined;
  /** Of a refund, in minor units. */
  amount?: number | undefined;
  /** What a foreign intent is for. */
  about?: string | undefined;
  tickets?: { code: string; status: string }[] | undefined;
  ticketCode?: string | undefined;
  ticketTypeId?: string | undefined;
  eventId?: string | undefined;
  capacity?: number | undefined;
  /** Where someone wants their tickets sent. */
  email?: string | undefined;
  /** Of an email; the text is that of its plain part. */
  messageId?: string | undefined;
  subject?: string | undefined;
  text?: string | undefined;
}

export interface History {
  file: string;
  tell: (told: Told) => void;
  /** Lines written so far. */
  count: () => number;
  close: () => void;
}

/**
 * Keeps what everyone was told, a line of JSON each, in a file: memory does not grow with it. A line is in the file when
 * `tell` returns, so that nothing of it is lost, whatever becomes of this process.
 */
export function openHistory(file: string): History {
  const handle = openSync(file, 'wx', 0o600);
  let count = 0;
  return {
    file,
    tell: (told) => {
      count++;
      writeSync(handle, `${JSON.stringify(told)}\n`);
    },
    count: () => count,
    close: () => closeSync(handle),
  };
}

/** Reads a history line by line. */
export async function* readHistory(file: string): AsyncGenerator<Told, void> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    if (line !== '') yield JSON.parse(line) as Told;
  }
}
