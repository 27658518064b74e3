import type pg from 'pg';
import type { HoldRequest } from './placement.ts';

/** The first use of an idempotency key. */
interface FirstUse {
  orderId: string;
  requestHash: Buffer;
  /** Set when the first use is in the same batch, where it may still come to nothing. */
  inBatch?: HoldRequest;
}

/** Requests whose idempotency key was used before, with that first use. */
export type Repeats = Map<HoldRequest, FirstUse>;

/**
 * Tells new requests from repeated ones. The stock must be locked: then the same request in another process either
 * committed and is seen here, or waits. A key used at the same time for another request is caught by the unique index.
 */
export async function separateRepeats(
  client: pg.ClientBase,
  requests: HoldRequest[],
): Promise<{ fresh: HoldRequest[]; repeats: Repeats }> {
  const uses = await readUses(client, requests);
  const repeats: Repeats = new Map();
  const fresh: HoldRequest[] = [];
  for (const request of requests) {
    const { idempotency, orderId } = request;
    if (!idempotency) {
      fresh.push(request);
      continue;
    }
    const id = keyId(request.buyerId, idempotency.key);
    const earlier = uses.get(id);
    if (earlier) {
      repeats.set(request, earlier);
    } else {
      fresh.push(request);
      uses.set(id, { orderId, requestHash: idempotency.requestHash, inBatch: request });
    }
  }
  return { fresh, repeats };
}

/** Keys belong to their buyer: two buyers may use the same one. */
function keyId(buyerId: string, key: string): string {
  return `${buyerId} ${key}`;
}

async function readUses(client: pg.ClientBase, requests: HoldRequest[]): Promise<Map<string, FirstUse>> {
  const keyed = requests.flatMap(({ buyerId, idempotency }) =>
    idempotency ? [{ buyerId, key: idempotency.key }] : [],
  );
  if (keyed.length === 0) return new Map();
  const { rows } = await client.query<{ id: string; buyer_id: string; idempotency_key: string; request_hash: Buffer }>({
    name: 'idempotency-keys',
    text: `
      select o.id, o.buyer_id, o.idempotency_key, o.request_hash
      from unnest($1::uuid[], $2::text[]) as k (buyer_id, key)
      join orders o on o.buyer_id = k.buyer_id and o.idempotency_key = k.key`,
    values: [keyed.map(({ buyerId }) => buyerId), keyed.map(({ key }) => key)],
  });
  return new Map(
    rows.map((row) => [keyId(row.buyer_id, row.idempotency_key), { orderId: row.id, requestHash: row.request_hash }]),
  );
}
