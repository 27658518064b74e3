import type { Prisma } from './generated/prisma/client.ts';

/** What is held and sold of a ticket type. */
export interface Stock {
  held: number;
  sold: number;
}

/**
 * Locks the stock of ticket types until the transaction ends, through the function that the `orders` schema publishes
 * for it. Holding takes the same locks and reads the catalogue afterwards, so it sees what this transaction committed.
 */
export async function lockTicketStock(
  transaction: Prisma.TransactionClient,
  ticketTypeIds: string[],
): Promise<Map<string, Stock>> {
  const rows = await transaction.$queryRaw<(Stock & { ticket_type_id: string })[]>`
    select ticket_type_id, held, sold
    from orders.lock_ticket_stock(${ticketTypeIds}::uuid[])`;
  return new Map(rows.map(({ ticket_type_id: id, held, sold }) => [id, { held, sold }]));
}
