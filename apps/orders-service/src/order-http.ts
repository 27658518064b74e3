import { createHash } from 'node:crypto';
import type { Batcher } from '@ticketing/order-core/batcher';
import type { OrdersDatabase } from '@ticketing/order-core/database';
import { readCancellation } from '@ticketing/order-core/event-cancellation';
import { mayManageEvent, type Viewer } from '@ticketing/order-core/event-rights';
import type { Placed } from '@ticketing/order-core/place';
import type { HoldRequest } from '@ticketing/order-core/placement';
import { listOrders, readAvailability, readOrder } from '@ticketing/order-core/read';
import { readSellableOfEvent } from '@ticketing/order-core/sellable';
import { decodeCursor, encodeCursor } from '@ticketing/service-kit/cursor';
import type { HttpApp } from '@ticketing/service-kit/http-app';
import { present } from '@ticketing/service-kit/present';
import { ProblemError } from '@ticketing/service-kit/problem';
import type { AccessClaims } from '@ticketing/types/account';
import * as operations from '@ticketing/types/order';
import type { NewOrder, Order } from '@ticketing/types/order';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import type { OrderLimits } from './order-limits.ts';
import { placementProblem } from './placement-problem.ts';

export interface OrderHttpOptions {
  db: OrdersDatabase;
  placing: Batcher<HoldRequest, Placed>;
  limits: OrderLimits;
}

/** Holding, listing and reading orders, and what is left of an event. */
export function implementOrders(http: HttpApp, { db, placing, limits }: OrderHttpOptions): void {
  http.implement(operations.placeOrder, async ({ body, headers, user, request: sent }) => {
    limits.take(user.sub, sent);
    const request = holdRequest(body, user, headers['idempotency-key']);
    const placed = await placing.submit(request);
    if (placed.kind === 'placed') {
      return { status: 201, body: toOrder(request, placed), headers: { Location: `/orders/${placed.orderId}` } };
    }
    if (placed.kind !== 'replayed') throw placementProblem(placed, body);
    limits.giveBack(user.sub);
    const order = present(await readOrder(db, placed.orderId, viewer(user)));
    return { status: 200, body: order, headers: { 'Idempotent-Replayed': 'true' } };
  });

  http.implement(operations.listOrders, async ({ query, user }) => {
    const { eventId, status, limit } = query;
    const before = query.cursor === undefined ? undefined : decodeCursor(query.cursor, ([id]) => isUuid(id))[0];
    const orders = await listOrders(db, viewer(user), { eventId, status, before, limit: limit + 1 });
    const items = orders.slice(0, limit);
    const last = orders.length > limit ? items.at(-1) : undefined;
    return { status: 200, body: { items, nextCursor: last ? encodeCursor([last.id]) : null } };
  });

  http.implement(operations.readOrder, async ({ params, user }) => {
    const order = await readOrder(db, params.id, viewer(user));
    if (!order) throw noSuchOrder();
    return { status: 200, body: order };
  });

  http.implement(operations.readAvailability, async ({ params, user }) => {
    const found = await readAvailability(db, params.id);
    const isVisible =
      found !== undefined &&
      (found.eventStatus !== 'draft' || (user && (await mayManageEvent(db.pool, params.id, viewer(user)))));
    if (!isVisible) throw noSuchEvent();
    return { status: 200, body: found.availability };
  });

  implementCancellation(http, db);
}

/** For whoever may manage the event; for others there is no such event. */
function implementCancellation(http: HttpApp, db: OrdersDatabase): void {
  http.implement(operations.readCancellation, async ({ params, user }) => {
    const [ticketType] = await readSellableOfEvent(db.pool, params.id);
    if (!ticketType || !(await mayManageEvent(db.pool, params.id, viewer(user)))) throw noSuchEvent();
    if (ticketType.eventStatus !== 'cancelled') {
      throw new ProblemError('EVENT_STATE', `The event is ${ticketType.eventStatus}, not cancelled.`);
    }
    return { status: 200, body: await readCancellation(db.pool, params.id) };
  });
}

function noSuchEvent(): ProblemError {
  return new ProblemError('NOT_FOUND', 'There is no such event.');
}

/** Someone else's order is as good as none: its id must not be probed for. */
export function noSuchOrder(): ProblemError {
  return new ProblemError('NOT_FOUND', 'There is no such order.');
}

/** Who asks, as order-core sees it. */
export function viewer({ sub, role }: AccessClaims): Viewer {
  return { userId: sub, role };
}

function holdRequest(body: NewOrder, user: AccessClaims, key: string | undefined): HoldRequest {
  const { eventId, lines } = body;
  const email = body.email ?? user.email;
  return {
    orderId: uuidv7(),
    buyerId: user.sub,
    email,
    eventId,
    lines,
    idempotency: key === undefined ? undefined : { key, requestHash: hash({ eventId, lines, email }) },
  };
}

function hash(content: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(content)).digest();
}

function toOrder(request: HoldRequest, placed: Extract<Placed, { kind: 'placed' }>): Order {
  const { orderId, isFree, lines, total, currency, createdAt, expiresAt } = placed;
  return {
    id: orderId,
    eventId: request.eventId,
    email: request.email,
    status: isFree ? 'paid' : 'pending',
    lines,
    total,
    currency,
    expiresAt: expiresAt.toISOString(),
    createdAt: createdAt.toISOString(),
    paidAt: isFree ? createdAt.toISOString() : null,
    refundReason: null,
    payment: null,
  };
}
