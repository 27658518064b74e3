import type pg from 'pg';

/** What is held and sold of a ticket type. */
export interface Stock {
  held: number;
  sold: number;
}

/** Changes to stock, by ticket type. */
export type StockMoves = Map<string, Stock>;

/** What is left of a capacity; never below zero. */
export function available(capacity: number, { held, sold }: Stock): number {
  return Math.max(0, capacity - held - sold);
}

/** Adds a change to those gathered so far. */
export function addMove(moves: StockMoves, ticketTypeId: string, { held, sold }: Stock): void {
  const sum = moves.get(ticketTypeId);
  moves.set(ticketTypeId, { held: (sum?.held ?? 0) + held, sold: (sum?.sold ?? 0) + sold });
}

/**
 * Locks the stock of some ticket types until the transaction ends, in id order, so that two transactions that want the
 * same rows take turns and never wait for each other. Ticket types never ordered before have no row and are missing.
 */
export async function lockStock(client: pg.ClientBase, ticketTypeIds: string[]): Promise<Map<string, Stock>> {
  const { rows } = await client.query<Stock & { id: string }>({
    name: 'lock-stock',
    text: `
      select ticket_type_id as id, held, sold
      from ticket_stock
      where ticket_type_id = any($1::uuid[])
      order by ticket_type_id
      for update`,
    values: [ticketTypeIds],
  });
  return new Map(rows.map(({ id, held, sold }) => [id, { held, sold }]));
}

/** Makes the rows of ticket types that were never ordered before. In a transaction of its own: see `place`. */
export async function createStock(pool: pg.Pool, ticketTypeIds: string[]): Promise<void> {
  await pool.query(
    `insert into ticket_stock (ticket_type_id)
     select id from unnest($1::uuid[]) as id order by id
     on conflict do nothing`,
    [ticketTypeIds],
  );
}

/** Applies the changes; the rows must be locked. The database refuses counts below zero. */
export async function moveStock(client: pg.ClientBase, moves: StockMoves): Promise<void> {
  const changed = [...moves].filter(([, { held, sold }]) => held !== 0 || sold !== 0);
  if (changed.length === 0) return;
  const { rowCount } = await client.query({
    name: 'move-stock',
    text: `
      update ticket_stock s
      set held = s.held + m.held, sold = s.sold + m.sold
      from unnest($1::uuid[], $2::int[], $3::int[]) as m (id, held, sold)
      where s.ticket_type_id = m.id`,
    values: [changed.map(([id]) => id), changed.map(([, move]) => move.held), changed.map(([, move]) => move.sold)],
  });
  if (rowCount !== changed.length) throw new Error('Stock was to be moved that does not exist');
}
