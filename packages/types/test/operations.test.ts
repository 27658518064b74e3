import { expect, test } from 'vitest';
import { accountOperations } from '../src/account.ts';
import { eventOperations } from '../src/event.ts';
import { readHealth } from '../src/health.ts';
import type { Operation } from '../src/operation.ts';
import { NewOrder, orderOperations } from '../src/order.ts';
import { problems } from '../src/problem.ts';
import { ticketOperations } from '../src/ticket.ts';

const operations: Operation[] = [
  ...accountOperations,
  ...eventOperations,
  ...orderOperations,
  ...ticketOperations,
  readHealth,
];

test('no two operations share an id, or a method and path', () => {
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  expect(new Set(operations.map(({ method, path }) => `${method} ${path}`)).size).toBe(operations.length);
});

test('every parameter in a path has a schema, and every schema a parameter', () => {
  for (const { path, params } of operations) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys(params?.shape ?? {})).toEqual(named);
  }
});

test('every problem is an error, with a status that its code is for', () => {
  for (const { status } of Object.values(problems)) expect(status).toBeGreaterThanOrEqual(400);
});

test('an order names each ticket type once, and no field that we do not know', () => {
  const eventId = crypto.randomUUID();
  const line = { ticketTypeId: crypto.randomUUID(), quantity: 1 };
  expect(NewOrder.safeParse({ eventId, lines: [line] }).success).toBe(true);
  expect(NewOrder.safeParse({ eventId, lines: [line, line] }).success).toBe(false);
  expect(
    NewOrder.safeParse({ eventId, lines: [line, { ...line, ticketTypeId: line.ticketTypeId.toUpperCase() }] }).success,
  ).toBe(false);
  expect(NewOrder.safeParse({ eventId, lines: [line], discount: 100 }).success).toBe(false);
});
