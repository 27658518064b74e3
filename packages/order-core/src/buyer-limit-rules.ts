import type { Sellable } from './sellable.ts';

/** What a buyer has of one event. */
export interface BuyerUsage {
  /** Pending orders whose time is not up. */
  openHolds: number;
  /** Tickets of pending and paid orders, by ticket type. */
  tickets: Map<string, number>;
}

/** What limits for each buyer are decided from. */
export interface BuyerLimits {
  /** Open holds that a buyer may have of one event; 0: any number. */
  maxOpenHolds: number;
  /** What buyers had before the batch, by `usageKey`; nothing where there is none. */
  usage: ReadonlyMap<string, BuyerUsage>;
}

/** A hold that would be more than its buyer may have, and what they have. */
export type OverBuyerLimit =
  | { kind: 'too-many-holds'; maxOpenHolds: number; openHolds: number }
  | {
      kind: 'over-buyer-limit';
      /** Undefined: of the event as a whole. */
      ticketType: { id: string; name: string } | undefined;
      maxPerBuyer: number;
      tickets: number;
    };

/** What is wished for: lines with at least one, of one event. */
export type Wanted = { sellable: Sellable; quantity: number }[];

/** Whose usage of what. */
export function usageKey({ buyerId, eventId }: { buyerId: string; eventId: string }): string {
  return `${buyerId} ${eventId}`;
}

/** Follows what each buyer has while a batch is decided, so that requests of one buyer count each other. */
export function followUsage({ maxOpenHolds, usage }: BuyerLimits) {
  const current = new Map<string, BuyerUsage>();
  const usageOf = (buyer: { buyerId: string; eventId: string }): BuyerUsage => {
    const key = usageKey(buyer);
    const known = current.get(key);
    if (known) return known;
    const before = usage.get(key);
    const own = { openHolds: before?.openHolds ?? 0, tickets: new Map(before?.tickets) };
    current.set(key, own);
    return own;
  };
  return {
    /** Why the buyer may not have this too; undefined if they may. The strictest limit that is met first is named. */
    refusal: (
      buyer: { buyerId: string; eventId: string },
      wanted: Wanted,
      { isFree }: { isFree: boolean },
    ): OverBuyerLimit | undefined => {
      const { openHolds, tickets } = usageOf(buyer);
      // What costs nothing is paid at once and holds nothing.
      if (maxOpenHolds > 0 && !isFree && openHolds >= maxOpenHolds) {
        return { kind: 'too-many-holds', maxOpenHolds, openHolds };
      }
      return overTicketLimit(tickets, wanted);
    },
    take: (buyer: { buyerId: string; eventId: string }, wanted: Wanted, { isFree }: { isFree: boolean }): void => {
      const own = usageOf(buyer);
      if (!isFree) own.openHolds++;
      for (const { sellable, quantity } of wanted) {
        own.tickets.set(sellable.ticketTypeId, (own.tickets.get(sellable.ticketTypeId) ?? 0) + quantity);
      }
    },
  };
}

function overTicketLimit(tickets: Map<string, number>, wanted: Wanted): OverBuyerLimit | undefined {
  for (const { sellable, quantity } of wanted) {
    const { ticketTypeId: id, name, maxPerBuyer } = sellable;
    const has = tickets.get(id) ?? 0;
    if (maxPerBuyer !== null && has + quantity > maxPerBuyer) {
      return { kind: 'over-buyer-limit', ticketType: { id, name }, maxPerBuyer, tickets: has };
    }
  }
  const maxPerBuyer = wanted[0]?.sellable.eventMaxPerBuyer ?? null;
  const has = [...tickets.values()].reduce((sum, count) => sum + count, 0);
  const wish = wanted.reduce((sum, { quantity }) => sum + quantity, 0);
  if (maxPerBuyer === null || has + wish <= maxPerBuyer) return undefined;
  return { kind: 'over-buyer-limit', ticketType: undefined, maxPerBuyer, tickets: has };
}
