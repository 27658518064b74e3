import { allOperations } from '@ticketing/gateway/src/docs.ts';
import { findFaults } from '@ticketing/testing/invariants';
import type { Operation } from '@ticketing/types/operation';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultOf } from '../documented.ts';
import { anything, edited, edits, places } from '../edits.ts';
import { inputSchema } from '../input-schema.ts';
import { CALLERS } from '../people.ts';
import { goodRequest, send } from '../requests.ts';
import { openWorld, type World } from '../world.ts';

/** Requests to each operation. The same ones each time, so that a failure is one for everybody; more and others on demand. */
const RUNS = Number(process.env.TEST_FUZZ_RUNS ?? 12);
const SEED = Number(process.env.TEST_FUZZ_SEED ?? 20_261_124);
const PATIENCE_MS = 20_000 + RUNS * 1_000;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** Short enough that all of it is within what headers may have. */
const short = anything.map((value) => String(value).slice(0, 2_000));
const text = fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: short });
/** An address without it would be that of another operation. */
const inPath = text.filter((value) => !['', '.', '..'].includes(value ?? 'none'));
const header = text.map((value) => value?.replaceAll(/[^\t\x20-\x7e]/g, '').trim());
const caller = fc.option(fc.constantFrom(...CALLERS), { nil: undefined, freq: 4 });

/** A value, or none, for each name that the schema has. */
function some(schema: Operation['params'], value: fc.Arbitrary<string | undefined>) {
  return fc.record(Object.fromEntries(Object.keys(schema?.shape ?? {}).map((name) => [name, value])));
}

/** What is said for the names that anything is said for. */
function said(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value.toWellFormed()]])),
  );
}

describe.each(allOperations.map((operation) => ({ operation, id: operation.id })))('$id', ({ operation }) => {
  test(
    'answers anything as the API reference says, and never fails',
    async () => {
      const where = operation.body ? places(inputSchema(operation.body)) : [[]];
      const input = fc.record({
        params: some(operation.params, inPath),
        query: some(operation.query, text),
        headers: some(operation.headers, header),
        body: edits,
        caller,
      });
      await fc.assert(
        fc.asyncProperty(input, async (given) => {
          const good = await goodRequest(world, operation);
          const answer = await send(world, operation, {
            params: { ...good.params, ...said(given.params) },
            query: said(given.query),
            headers: said(given.headers),
            body: operation.id === 'stripeWebhook' ? good.body : edited(good.body, where, given.body),
            token: given.caller === undefined ? good.token : world.people.token(given.caller),
          });
          expect(faultOf(operation, answer)).toBeUndefined();
        }),
        { numRuns: RUNS, seed: SEED },
      );
    },
    PATIENCE_MS,
  );
});

test('after all of it, the books still balance', async () => {
  expect(await findFaults(world.admin, world.stripe.books())).toEqual([]);
});
