import { PaymentOutcome } from '@ticketing/types/payment-outcome';
import { present } from '@ticketing/service-kit/present';
import type pg from 'pg';
import { settle } from './settle.ts';
import type { Money, Settled } from './settling.ts';

/** A report that could not settle and is kept in `payment_events`: what there is to say about it in a list. */
export interface RejectedReport {
  eventId: string;
  /** An outcome's type, or the provider's own where the report could not be read. */
  type: string;
  orderId: string | null;
  reason: string;
  /** Minor units of `currency`. */
  amountMinor: number | null;
  currency: string | null;
  /** What the order costs; null if there is no such order. */
  expected: Money | null;
  receivedAt: Date;
  /** Someone has looked at it, and nothing more is to happen. */
  isDiscarded: boolean;
}

/** How the reason begins of a report that can be read, and did not settle however often it was tried. */
export const UNSETTLED = 'not settled: ';

/** Rows that are fetched at a time. */
const PAGE = 500;

/** Reports kept as rejected, the oldest first; those that were discarded only when asked for. */
export async function* listRejected(
  pool: pg.Pool,
  { withDiscarded = false }: { withDiscarded?: boolean } = {},
): AsyncGenerator<RejectedReport, void> {
  let after: RejectedReport | undefined;
  for (;;) {
    const { rows } = await pool.query<RejectedReport>(
      `select
         event_id as "eventId",
         type,
         order_id as "orderId",
         coalesce(reason, '') as reason,
         case when jsonb_typeof(outcome -> 'amount') = 'number' then (outcome ->> 'amount')::float8 end as "amountMinor",
         outcome ->> 'currency' as currency,
         -- Text, since a report may name an order that cannot be ours.
         (
           select jsonb_build_object('amountMinor', o.total, 'currency', o.currency)
           from orders o
           where o.id = case when order_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then order_id::uuid end
         ) as expected,
         received_at as "receivedAt",
         result = 'discarded' as "isDiscarded"
       from payment_events
       where ${withDiscarded ? `result in ('rejected', 'discarded')` : `result = 'rejected'`}
         and outcome is not null
         and ($1::timestamptz is null or (received_at, event_id) > ($1, $2::text))
       order by received_at, event_id
       limit $3`,
      [after?.receivedAt ?? null, after?.eventId ?? null, PAGE],
    );
    yield* rows;
    after = rows.at(-1);
    if (rows.length < PAGE) return;
  }
}

/** The report itself: an outcome, or the provider's event where that could not be read. Undefined if there is none. */
export async function readRejected(pool: pg.Pool, eventId: string): Promise<unknown> {
  const { rows } = await pool.query<{ outcome: unknown }>(
    `select outcome from payment_events
     where event_id = $1 and result in ('rejected', 'discarded') and outcome is not null`,
    [eventId],
  );
  return rows[0]?.outcome;
}

/** What became of settling a rejected report again. */
export type SettledAgain =
  | Settled
  /** It was settled or discarded meanwhile. */
  | { kind: 'gone' }
  /** Kept as the provider sent it, because it could not be read: only the provider's sending it again can settle it. */
  | { kind: 'unreadable' };

/** Settles a rejected report as if it had just come: it may be accepted by now. Safe to do twice. */
export async function settleRejected(pool: pg.Pool, eventId: string): Promise<SettledAgain> {
  const { rows } = await pool.query<{ outcome: unknown }>(
    `select outcome from payment_events where event_id = $1 and result = 'rejected' and outcome is not null`,
    [eventId],
  );
  const [row] = rows;
  if (!row) return { kind: 'gone' };
  const outcome = PaymentOutcome.safeParse(row.outcome);
  if (!outcome.success) return { kind: 'unreadable' };
  const [settled] = await settle(pool, [outcome.data]);
  return present(settled);
}

/**
 * Marks rejected reports as seen to: they are listed no more, and when the provider repeats one, it is a duplicate. Returns
 * the ids of those that were still rejected.
 */
export async function discardRejected(pool: pg.Pool, eventIds: string[]): Promise<string[]> {
  const { rows } = await pool.query<{ event_id: string }>(
    `update payment_events
     set result = 'discarded'
     where event_id = any($1::text[]) and result = 'rejected'
     returning event_id`,
    [eventIds],
  );
  return rows.map((row) => row.event_id);
}
