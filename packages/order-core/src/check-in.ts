import type { Ticket } from '@ticketing/types/ticket';
import type pg from 'pg';
import type { Viewer } from './read.ts';

export type CheckedIn =
  { kind: 'checked-in'; ticket: Ticket } | { kind: 'already'; checkedInAt: Date } | { kind: 'void' };

interface TicketRow {
  id: string;
  ticket_type_id: string;
  code: string;
  status: Ticket['status'];
  checked_in_at: Date | null;
}

/**
 * Lets a ticket in: of many attempts at once exactly one succeeds. Undefined if there is no such ticket, or if it is for
 * someone else's event.
 */
export async function checkIn(pool: pg.Pool, code: string, viewer: Viewer): Promise<CheckedIn | undefined> {
  const { rows } = await pool.query<{ organizer_id: string }>(
    `select s.organizer_id
     from tickets t
     join events.sellable_ticket_types s on s.ticket_type_id = t.ticket_type_id
     where t.code = $1`,
    [code],
  );
  const [owner] = rows;
  if (!owner || (viewer.role !== 'admin' && owner.organizer_id !== viewer.userId)) return undefined;
  const { rows: admitted } = await pool.query<TicketRow>(
    `update tickets
     set status = 'checked_in', checked_in_at = now()
     where code = $1 and status = 'valid'
     returning id, ticket_type_id, code, status, checked_in_at`,
    [code],
  );
  const [ticket] = admitted;
  if (ticket) return { kind: 'checked-in', ticket: toTicket(ticket) };
  const { rows: refused } = await pool.query<TicketRow>('select * from tickets where code = $1', [code]);
  const checkedInAt = refused[0]?.status === 'checked_in' ? refused[0].checked_in_at : null;
  return checkedInAt ? { kind: 'already', checkedInAt } : { kind: 'void' };
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
