import type { Ticket } from '@ticketing/types/ticket';
import type pg from 'pg';
import { mayManageSql, type Viewer } from './event-rights.ts';

export type CheckedIn =
  { kind: 'checked-in'; ticket: Ticket } | { kind: 'already'; checkedInAt: Date } | { kind: 'void' };

interface TicketRow {
  id: string;
  ticket_type_id: string;
  code: string;
  status: Ticket['status'];
  checked_in_at: Date | null;
}

const MAY_MANAGE = `
  exists (
    select from orders o
    where o.id = t.order_id and ${mayManageSql({ eventId: 'o.event_id', userId: '$2::uuid', role: '$3' })}
  )`;

/**
 * Lets a ticket in: of many attempts at once exactly one succeeds. Undefined if there is no such ticket, or if the viewer
 * may not manage its event, whether or not the ticket is their own.
 */
export async function checkIn(pool: pg.Pool, code: string, viewer: Viewer): Promise<CheckedIn | undefined> {
  const values = [code, viewer.userId, viewer.role];
  const { rows: admitted } = await pool.query<TicketRow>(
    `update tickets t
     set status = 'checked_in', checked_in_at = now()
     where t.code = $1 and t.status = 'valid' and ${MAY_MANAGE}
     returning t.id, t.ticket_type_id, t.code, t.status, t.checked_in_at`,
    values,
  );
  const [ticket] = admitted;
  if (ticket) return { kind: 'checked-in', ticket: toTicket(ticket) };
  const { rows } = await pool.query<TicketRow>(`select t.* from tickets t where t.code = $1 and ${MAY_MANAGE}`, values);
  const [refused] = rows;
  if (!refused) return undefined;
  const checkedInAt = refused.status === 'checked_in' ? refused.checked_in_at : null;
  return checkedInAt ? { kind: 'already', checkedInAt } : { kind: 'void' };
}

export interface CheckedInTicket {
  id: string;
  orderId: string;
  ticketTypeId: string;
  checkedInAt: Date;
}

/**
 * The tickets of these orders that were checked in. Until the transaction ends, no other ticket of theirs can be: whoever is
 * at the door waits, and finds what this transaction made of the ticket. The orders must be locked; the tickets
 * of those that are not paid are void.
 */
export async function lockCheckedInTickets(client: pg.ClientBase, orderIds: string[]): Promise<CheckedInTicket[]> {
  const { rows } = await client.query<CheckedInTicket & { status: Ticket['status'] }>(
    `select id, order_id as "orderId", ticket_type_id as "ticketTypeId", status, checked_in_at as "checkedInAt"
     from tickets
     where order_id = any($1::uuid[]) and status <> 'void'
     order by id
     for update`,
    [orderIds],
  );
  return rows.filter(({ status }) => status === 'checked_in').map(({ status: _status, ...ticket }) => ticket);
}

/** Whether there is a ticket with this code. */
export async function ticketExists(pool: pg.Pool, code: string): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'ticket-exists',
    text: 'select from tickets where code = $1',
    values: [code],
  });
  return rowCount === 1;
}

function toTicket(row: TicketRow): Ticket {
  const { id, code, status } = row;
  return { id, ticketTypeId: row.ticket_type_id, code, status, checkedInAt: row.checked_in_at?.toISOString() ?? null };
}
