import type pg from 'pg';

/** Who asks. */
export interface Viewer {
  userId: string;
  role: 'customer' | 'organizer' | 'admin';
}

/**
 * SQL that tells whether someone may manage an event: as its organizer, or as an admin. Whoever may, may manage its orders
 * and tickets, and nobody else may: neither its buyers, though they see their orders, nor organizers of other events.
 * The arguments are SQL too: a column with the event's id, and the parameters `$n` with the user's id and role.
 */
export function mayManageSql({ eventId, userId, role }: { eventId: string; userId: string; role: string }): string {
  // The role first: for customers, who ask most, the catalogue is not looked at.
  return `(
    ${role}::text <> 'customer'
    and exists (
      select from events.sellable_ticket_types s
      where s.event_id = ${eventId} and (${role}::text = 'admin' or s.organizer_id = ${userId})
    )
  )`;
}

/** Whether someone may manage the event, which may not exist. */
export async function mayManageEvent(pool: pg.Pool, eventId: string, { userId, role }: Viewer): Promise<boolean> {
  if (role === 'customer') return false;
  const { rows } = await pool.query<{ may: boolean }>({
    name: 'may-manage-event',
    text: `select ${mayManageSql({ eventId: '$1::uuid', userId: '$2::uuid', role: '$3' })} as may`,
    values: [eventId, userId, role],
  });
  return rows[0]?.may ?? false;
}

/** Whether someone may manage the order: undefined if they may not even see it, being neither its buyer nor the event's. */
export async function mayManageOrder(pool: pg.Pool, orderId: string, viewer: Viewer): Promise<boolean | undefined> {
  const { rows } = await pool.query<{ isBuyer: boolean; mayManage: boolean }>({
    name: 'may-manage-order',
    text: `
      select
        o.buyer_id = $2 as "isBuyer",
        ${mayManageSql({ eventId: 'o.event_id', userId: '$2', role: '$3' })} as "mayManage"
      from orders o
      where o.id = $1`,
    values: [orderId, viewer.userId, viewer.role],
  });
  const [row] = rows;
  return row && (row.isBuyer || row.mayManage) ? row.mayManage : undefined;
}
