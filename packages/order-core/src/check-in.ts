import { inTransaction } from '@ticketing/service-kit/postgres';
import { present } from '@ticketing/service-kit/present';
import type { TicketAtDoor } from '@ticketing/types/ticket';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { mayManageSql, type Viewer } from './event-rights.ts';

/** What came of an act at the door, and the ticket as it is now. */
export interface DoorAct {
  /** Other than `done`: refused, and nothing was changed. */
  kind: 'done' | 'wrong-event' | 'already-in' | 'not-in' | 'void';
  ticket: TicketAtDoor;
}

export interface DoorRequest {
  code: string;
  viewer: Viewer;
  /** The event that people are let in to; undefined: whichever the ticket is for. */
  eventId?: string | undefined;
}

/**
 * Lets a ticket in: of many attempts at once exactly one succeeds. Undefined if there is no such ticket, or if the viewer
 * may not manage its event, whether or not the ticket is their own.
 */
export function checkIn(pool: pg.Pool, request: DoorRequest): Promise<DoorAct | undefined> {
  return act(pool, request, (ticket) => (ticket.status === 'valid' ? 'in' : 'already-in'));
}

/** Takes a check-in back: the ticket is valid again. Undefined as for `checkIn`. */
export function undoCheckIn(pool: pg.Pool, request: DoorRequest): Promise<DoorAct | undefined> {
  return act(pool, request, (ticket) => (ticket.status === 'checked_in' ? 'undo' : 'not-in'));
}

type Decided = 'in' | 'undo' | 'already-in' | 'not-in';

async function act(
  pool: pg.Pool,
  { code, viewer, eventId }: DoorRequest,
  decide: (ticket: TicketAtDoor) => Decided,
): Promise<DoorAct | undefined> {
  return inTransaction(pool, async (client) => {
    const ticket = await lockTicket(client, code, viewer);
    if (!ticket) return undefined;
    if (eventId !== undefined && ticket.event.id !== eventId) return { kind: 'wrong-event', ticket };
    if (ticket.status === 'void') return { kind: 'void', ticket };
    const decided = decide(ticket);
    if (decided !== 'in' && decided !== 'undo') return { kind: decided, ticket };
    const at = await record(client, { ticketId: ticket.id, kind: decided, actorId: viewer.userId });
    const status = decided === 'in' ? 'checked_in' : 'valid';
    return { kind: 'done', ticket: { ...ticket, status, checkedInAt: decided === 'in' ? at.toISOString() : null } };
  });
}

interface TicketRow {
  id: string;
  ticketTypeId: string;
  code: string;
  status: TicketAtDoor['status'];
  checkedInAt: Date | null;
  eventId: string;
  eventTitle: string;
  ticketTypeName: string;
}

/** Until the transaction ends, nobody else lets it in, takes that back or makes it void. */
async function lockTicket(client: pg.ClientBase, code: string, viewer: Viewer): Promise<TicketAtDoor | undefined> {
  const { rows } = await client.query<TicketRow>({
    name: 'lock-ticket',
    text: `
      select
        t.id,
        t.ticket_type_id as "ticketTypeId",
        t.code,
        t.status,
        t.checked_in_at as "checkedInAt",
        e.event_id as "eventId",
        e.event_title as "eventTitle",
        e.name as "ticketTypeName"
      from tickets t
      join events.sellable_ticket_types e on e.ticket_type_id = t.ticket_type_id
      where t.code = $1 and ${mayManageSql({ eventId: 'e.event_id', userId: '$2::uuid', role: '$3' })}
      for update of t`,
    values: [code, viewer.userId, viewer.role],
  });
  const [row] = rows;
  if (!row) return undefined;
  const { id, ticketTypeId, status, checkedInAt } = row;
  return {
    ...{ id, ticketTypeId, code: row.code, status },
    checkedInAt: checkedInAt?.toISOString() ?? null,
    event: { id: row.eventId, title: row.eventTitle },
    ticketType: { id: ticketTypeId, name: row.ticketTypeName },
  };
}

/** Writes the act down and what it makes of the ticket, which is locked. Returns when it was. */
async function record(
  client: pg.ClientBase,
  { ticketId, kind, actorId }: { ticketId: string; kind: 'in' | 'undo'; actorId: string },
): Promise<Date> {
  const { rows } = await client.query<{ at: Date }>({
    name: 'record-check-in',
    text: `
      with recorded as (
        insert into check_ins (id, ticket_id, kind, actor_id) values ($1, $2, $3, $4) returning ticket_id, kind, at
      )
      update tickets t
      set
        status = case r.kind when 'in' then 'checked_in' else 'valid' end,
        checked_in_at = case r.kind when 'in' then r.at end
      from recorded r
      where t.id = r.ticket_id
      returning coalesce(t.checked_in_at, r.at) as at`,
    values: [uuidv7(), ticketId, kind, actorId],
  });
  return present(rows[0]).at;
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
  const { rows } = await client.query<CheckedInTicket & { status: TicketAtDoor['status'] }>(
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
