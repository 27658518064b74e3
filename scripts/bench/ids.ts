import { randomUUID } from 'node:crypto';

/** Ids that are made now begin with 0 too, but sort after those of the past, whose time is 1970. */
const KINDS = { pastOrder: 0, event: 1, ticketType: 2, order: 3, buyer: 4, pastTicket: 5, pastMail: 6 } as const;
type Kind = keyof typeof KINDS;

/** The id of the n-th thing of a kind, so that a service, a load generator and a baseline can name the same. */
export function idOf(kind: Kind, n: number): string {
  return `${KINDS[kind]}${PREFIX.slice(1)}${String(n).padStart(DIGITS, '0')}`;
}

/** The same in SQL; `n` is an expression. */
export function sqlIdOf(kind: Kind, n: string): string {
  return `('${KINDS[kind]}${PREFIX.slice(1)}' || lpad((${n})::text, ${DIGITS}, '0'))::uuid`;
}

/** An id that is like ours and that nothing has. */
export function unknownId(): string {
  const id = randomUUID();
  return `${id.slice(0, 14)}7${id.slice(15)}`;
}

/** Version 7, as ours are. */
const PREFIX = '00000000-0000-7000-8000-';
const DIGITS = 12;
