import { MAX_AMOUNT_MINOR } from '@ticketing/types/primitives';
import { followUsage, type BuyerLimits, type OverBuyerLimit, type Wanted } from './buyer-limit-rules.ts';
import type { Sellable } from './sellable.ts';
import { addMove, available, type Stock, type StockMoves } from './stock.ts';

/** A buyer's wish for tickets of one event: all lines or none. */
export interface HoldRequest {
  orderId: string;
  buyerId: string;
  email: string;
  eventId: string;
  lines: { ticketTypeId: string; quantity: number }[];
  idempotency?: { key: string; requestHash: Buffer } | undefined;
}

export interface PlacedLine {
  ticketTypeId: string;
  name: string;
  quantity: number;
  /** Minor units. */
  unitPrice: number;
}

/** What a hold request comes to. */
export type Decision =
  /** A total of 0 is sold at once; anything else is held. */
  | { kind: 'accepted'; isFree: boolean; lines: PlacedLine[]; total: number; currency: string }
  | { kind: 'unknown-ticket-type'; ticketTypeIds: string[] }
  | { kind: 'not-on-sale'; status: 'draft' | 'cancelled' }
  | { kind: 'sales-closed'; ticketTypeId: string; name: string; when: 'not-yet' | 'over'; at: Date }
  | { kind: 'over-limit'; ticketTypeId: string; name: string; maxPerOrder: number }
  | { kind: 'over-total'; maxTotal: number }
  | OverBuyerLimit
  | { kind: 'sold-out'; left: { ticketTypeId: string; name: string; available: number }[] };

/** What decisions are made from: the truth at `now`, under lock. */
export interface Market {
  now: Date;
  sellable: Map<string, Sellable>;
  stock: Map<string, Stock>;
  /** Undefined: buyers may have as much as there is. */
  limits?: BuyerLimits | undefined;
}

/**
 * Decides who gets what, in order of arrival: each decision sees what the ones before it took. What a buyer may have is
 * looked at last, so whoever would be refused for another reason is refused for that one with limits and without.
 * Pure; `moves` is what the stock changes by if all decisions are carried out.
 */
export function decidePlacements(
  requests: HoldRequest[],
  market: Market,
): { decisions: Decision[]; moves: StockMoves } {
  const moves: StockMoves = new Map();
  const buyers = market.limits && followUsage(market.limits);
  const decisions = requests.map((request) => {
    const wanted: Wanted = [];
    const decision = decide(request, market, moves, wanted);
    if (decision.kind !== 'accepted') return decision;
    const refusal = buyers?.refusal(request, wanted, decision);
    if (refusal) return refusal;
    buyers?.take(request, wanted, decision);
    for (const { ticketTypeId, quantity } of decision.lines) {
      const move = decision.isFree ? { held: 0, sold: quantity } : { held: quantity, sold: 0 };
      addMove(moves, ticketTypeId, move);
    }
    return decision;
  });
  return { decisions, moves };
}

/** As if buyers might have as much as there is. Fills in what is wanted. */
function decide(request: HoldRequest, market: Market, moves: StockMoves, wanted: Wanted): Decision {
  const unknown: string[] = [];
  for (const { ticketTypeId, quantity } of request.lines) {
    const sellable = market.sellable.get(ticketTypeId);
    if (sellable?.eventId === request.eventId) wanted.push({ sellable, quantity });
    else unknown.push(ticketTypeId);
  }
  const [first] = wanted;
  if (unknown.length > 0 || !first) return { kind: 'unknown-ticket-type', ticketTypeIds: unknown };
  if (first.sellable.eventStatus !== 'published') return { kind: 'not-on-sale', status: first.sellable.eventStatus };
  for (const { sellable, quantity } of wanted) {
    const refusal = outsideWindow(sellable, market.now) ?? overLimit(sellable, quantity);
    if (refusal) return refusal;
  }
  const left = wanted
    .map(({ sellable, quantity }) => ({ sellable, quantity, available: leftOf(sellable, market, moves) }))
    .filter((line) => line.quantity > line.available)
    .map(({ sellable, available }) => ({ ticketTypeId: sellable.ticketTypeId, name: sellable.name, available }));
  if (left.length > 0) return { kind: 'sold-out', left };
  const total = wanted.reduce((sum, { sellable, quantity }) => sum + sellable.price * quantity, 0);
  if (total > MAX_AMOUNT_MINOR) return { kind: 'over-total', maxTotal: MAX_AMOUNT_MINOR };
  const lines = wanted.map(({ sellable, quantity }) => ({
    ticketTypeId: sellable.ticketTypeId,
    name: sellable.name,
    quantity,
    unitPrice: sellable.price,
  }));
  return { kind: 'accepted', isFree: total === 0, lines, total, currency: first.sellable.currency };
}

function outsideWindow(sellable: Sellable, now: Date): Decision | undefined {
  const { ticketTypeId, name, salesStart, salesEnd, eventEndsAt } = sellable;
  if (salesStart && now < salesStart)
    return { kind: 'sales-closed', ticketTypeId, name, when: 'not-yet', at: salesStart };
  const end = salesEnd ?? eventEndsAt;
  return now >= end ? { kind: 'sales-closed', ticketTypeId, name, when: 'over', at: end } : undefined;
}

function overLimit({ ticketTypeId, name, maxPerOrder }: Sellable, quantity: number): Decision | undefined {
  return quantity > maxPerOrder ? { kind: 'over-limit', ticketTypeId, name, maxPerOrder } : undefined;
}

function leftOf(sellable: Sellable, { stock }: Market, moves: StockMoves): number {
  const now = stock.get(sellable.ticketTypeId) ?? { held: 0, sold: 0 };
  const move = moves.get(sellable.ticketTypeId) ?? { held: 0, sold: 0 };
  return available(sellable.capacity, { held: now.held + move.held, sold: now.sold + move.sold });
}
