import type { Fault } from '@ticketing/service-kit/fault';
import { invalidInput, ProblemError } from '@ticketing/service-kit/problem';
import type { EventChange, NewEvent, NewTicketType } from '@ticketing/types/event';
import { v7 as uuidv7 } from 'uuid';
import type { Precondition } from './entity-tag.ts';
import { cutFaults, planChange, type ChangePlan } from './event-change.ts';
import { faultsOfNew, isOver } from './event-faults.ts';
import { finishEvent } from './event-read.ts';
import { searchWords } from './search/stored-words.ts';
import { unpayable } from './event-prices.ts';
import { isPublic, mayManage, type Actor, type StoredEvent } from './event.ts';
import type { Prisma, PrismaClient } from './generated/prisma/client.ts';
import { lockTicketStock } from './ticket-stock.ts';

/** Creates an event of the actor's own. It throws VALIDATION_FAILED with every fault. */
export async function createEvent(
  prisma: PrismaClient,
  actor: Actor,
  { ticketTypes, ...event }: NewEvent,
  now: Date,
): Promise<StoredEvent> {
  refuseFaults(faultsOfNew({ ticketTypes, ...event }, now));
  return prisma.event.create({
    data: {
      ...event,
      id: uuidv7(),
      organizerId: actor.sub,
      searchWords: searchWords(event.title, event.venue),
      publishedAt: event.status === 'published' ? now : null,
      createdAt: now,
      updatedAt: now,
      ticketTypes: { create: newTicketTypes(ticketTypes, 0) },
    },
    include: withTicketTypes,
  });
}

/**
 * Changes an event. The version goes up by one if anything differs.
 * It throws NOT_FOUND or FORBIDDEN for those who may not, VERSION_CONFLICT if `ifMatch` names neither the version nor
 * the ETag, EVENT_STATE where the event's state forbids it, and VALIDATION_FAILED with every fault.
 */
export function changeEvent(
  prisma: PrismaClient,
  actor: Actor,
  { id, change, ifMatch }: { id: string; change: EventChange; ifMatch: Precondition },
  now: Date,
): Promise<StoredEvent> {
  return withLockedEvent(prisma, actor, id, async (transaction, event) => {
    requireMatch(ifMatch, event);
    const plan = planChange(event, change);
    switch (plan.kind) {
      case 'unchanged':
        return event;
      case 'refused':
        throw new ProblemError('EVENT_STATE', plan.reason);
      case 'invalid':
        throw invalidInput(plan.faults);
      case 'planned':
        await refuseCutsBelowStock(transaction, plan);
        return update(transaction, event, plan, now);
    }
  });
}

/**
 * Puts a draft on sale; a published event stays as it is.
 * It throws EVENT_STATE for one that is cancelled or over, or has a price that Stripe never charges.
 */
export function publishEvent(prisma: PrismaClient, actor: Actor, id: string, now: Date): Promise<StoredEvent> {
  return withLockedEvent(prisma, actor, id, async (transaction, event) => {
    if (event.status === 'published') return event;
    if (event.status === 'cancelled') {
      throw new ProblemError('EVENT_STATE', 'The event is cancelled; it cannot be published any more.');
    }
    if (isOver(event, now)) {
      throw new ProblemError('EVENT_STATE', 'The event would be over already: move startsAt and endsAt first.');
    }
    const reason = unpayable(event);
    if (reason !== undefined) throw new ProblemError('EVENT_STATE', reason);
    return setStatus(transaction, event, { status: 'published', publishedAt: now }, now);
  });
}

/**
 * Cancels an event for good; a cancelled one stays as it is. When this has returned, no hold is made any more.
 * orders-service finds the event in the view `sellable_ticket_types` and gives the money back.
 * It throws EVENT_STATE for a published event that is over, unless `evenIfOver`. Of a draft nothing was ever sold.
 */
export function cancelEvent(
  prisma: PrismaClient,
  actor: Actor,
  { id, evenIfOver }: { id: string; evenIfOver: boolean },
  now: Date,
): Promise<StoredEvent> {
  return withLockedEvent(prisma, actor, id, async (transaction, event) => {
    if (event.status === 'cancelled') return event;
    if (event.status === 'published' && isOver(event, now) && !evenIfOver) {
      throw new ProblemError(
        'EVENT_STATE',
        'The event is over. Cancelling it refunds every order: to do so all the same, send {"evenIfOver":true}.',
      );
    }
    // Holds that came first are in `orders` when this commits; those that wait here find the event cancelled.
    await lockTicketStock(
      transaction,
      event.ticketTypes.map((type) => type.id),
    );
    return setStatus(transaction, event, { status: 'cancelled' }, now);
  });
}

/** Bounds on waiting for a connection, and on the transaction as a whole. */
const TRANSACTION = { maxWait: 3_000, timeout: 10_000 };

const withTicketTypes = { ticketTypes: { orderBy: { position: 'asc' } } } as const;

/** Runs `work` in a transaction in which the event's row is locked, before any stock is, for someone who may manage it. */
function withLockedEvent(
  prisma: PrismaClient,
  actor: Actor,
  id: string,
  work: (transaction: Prisma.TransactionClient, event: StoredEvent) => Promise<StoredEvent>,
): Promise<StoredEvent> {
  return prisma.$transaction(async (transaction) => {
    await transaction.$queryRaw`select from events where id = ${id}::uuid for update`;
    const event = await transaction.event.findUnique({ where: { id }, include: withTicketTypes });
    if (!event || !(mayManage(actor, event) || isPublic(event))) throw noSuchEvent();
    if (!mayManage(actor, event)) throw new ProblemError('FORBIDDEN', 'This event belongs to someone else.');
    return work(transaction, event);
  }, TRANSACTION);
}

/** The answer for events that are not there, and for those that are none of the caller's business. */
export function noSuchEvent(): ProblemError {
  return new ProblemError('NOT_FOUND', 'There is no such event.');
}

function requireMatch(ifMatch: Precondition, event: StoredEvent): void {
  if (ifMatch === 'any' || ifMatch.has(`"${event.version}"`) || ifMatch.has(finishEvent(event).etag)) return;
  throw new ProblemError('VERSION_CONFLICT', `The event has version ${event.version} by now. Read it again first.`, {
    extra: { version: event.version },
  });
}

type PlannedChange = Extract<ChangePlan, { kind: 'planned' }>;

async function refuseCutsBelowStock(transaction: Prisma.TransactionClient, { cuts }: PlannedChange): Promise<void> {
  if (cuts.length === 0) return;
  const ids = cuts.map((cut) => cut.ticketTypeId);
  refuseFaults(cutFaults(cuts, await lockTicketStock(transaction, ids)));
}

function update(
  transaction: Prisma.TransactionClient,
  event: StoredEvent,
  { fields, changed, added }: PlannedChange,
  now: Date,
): Promise<StoredEvent> {
  const { title, venue } = { ...event, ...fields };
  return transaction.event.update({
    where: { id: event.id },
    data: {
      ...fields,
      searchWords: searchWords(title, venue),
      version: event.version + 1,
      updatedAt: now,
      ticketTypes: {
        update: changed.map((type) => ({ where: { id: type.id }, data: type.fields })),
        create: newTicketTypes(added, event.ticketTypes.length),
      },
    },
    include: withTicketTypes,
  });
}

function setStatus(
  transaction: Prisma.TransactionClient,
  event: StoredEvent,
  data: { status: 'published' | 'cancelled'; publishedAt?: Date },
  now: Date,
): Promise<StoredEvent> {
  return transaction.event.update({
    where: { id: event.id },
    data: { ...data, version: event.version + 1, updatedAt: now },
    include: withTicketTypes,
  });
}

/** Ticket types are never removed, so their number is the next one's position. */
function newTicketTypes(types: NewTicketType[], firstPosition: number) {
  return types.map((type, index) => ({ ...type, id: uuidv7(), position: firstPosition + index }));
}

function refuseFaults(faults: Fault[]): void {
  if (faults.length > 0) throw invalidInput(faults);
}
