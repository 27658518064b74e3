import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** A ticket about to be issued. */
export interface NewTicket {
  id: string;
  orderId: string;
  ticketTypeId: string;
  code: string;
}

/** One ticket for each seat of the lines, with unguessable codes. */
export function newTickets(orderId: string, lines: { ticketTypeId: string; quantity: number }[]): NewTicket[] {
  return lines.flatMap(({ ticketTypeId, quantity }) =>
    Array.from({ length: quantity }, () => ({ id: uuidv7(), orderId, ticketTypeId, code: newCode() })),
  );
}

/** Crockford's base 32: no I, L, O or U, so that a code can be read out. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_LENGTH = 26;

/** 26 × 5 = 130 random bits. */
function newCode(): string {
  return Array.from(randomBytes(CODE_LENGTH), (byte) => ALPHABET.charAt(byte & 31)).join('');
}

/** Writes the tickets; a code that exists already fails the transaction. */
export async function insertTickets(client: pg.ClientBase, tickets: NewTicket[]): Promise<void> {
  if (tickets.length === 0) return;
  await client.query({
    name: 'insert-tickets',
    text: `
      insert into tickets (id, order_id, ticket_type_id, code)
      select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])`,
    values: [
      tickets.map(({ id }) => id),
      tickets.map(({ orderId }) => orderId),
      tickets.map(({ ticketTypeId }) => ticketTypeId),
      tickets.map(({ code }) => code),
    ],
  });
}

/** Makes all tickets of the orders worthless, checked in or not. */
export async function voidTickets(client: pg.ClientBase, orderIds: string[]): Promise<void> {
  if (orderIds.length === 0) return;
  await client.query({
    name: 'void-tickets',
    text: `update tickets set status = 'void' where order_id = any($1::uuid[]) and status <> 'void'`,
    values: [orderIds],
  });
}
