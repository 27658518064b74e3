import { expect, test } from 'vitest';
import { createPrecedence } from '../src/precedence.ts';

/** Longer than any test takes. */
const NEVER_MS = 60_000;

/** Urgent work that lasts until it is ended. */
function longWork(first: ReturnType<typeof createPrecedence>['first']) {
  const gate = Promise.withResolvers<undefined>();
  const done = first(() => gate.promise);
  return async () => {
    gate.resolve(undefined);
    await done;
  };
}

test('what can wait is done at once while nothing urgent is under way', async () => {
  const { first, turn } = createPrecedence(NEVER_MS);
  await turn();
  expect(await first(() => Promise.resolve('settled'))).toBe('settled');
  await turn();
});

test('it waits until all urgent work is done, also when that fails', async () => {
  const { first, turn } = createPrecedence(NEVER_MS);
  const order: string[] = [];
  const endOne = longWork(first);
  const endOther = longWork(first);
  await expect(first(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  const waiting = turn().then(() => order.push('mail'));
  await endOne();
  order.push('one');
  await endOther();
  order.push('other');
  await waiting;
  expect(order).toEqual(['one', 'other', 'mail']);
});

test('those that waited go one after the other, and urgent work that comes meanwhile goes between them', async () => {
  const { first, turn } = createPrecedence(NEVER_MS);
  const mails: number[] = [];
  let endNext: (() => Promise<void>) | undefined;
  const end = longWork(first);
  const waiting = [1, 2].map((mail) =>
    turn().then(() => {
      mails.push(mail);
      endNext ??= longWork(first);
    }),
  );
  await end();
  await waiting[0];
  expect(mails).toEqual([1]);
  await endNext?.();
  await Promise.all(waiting);
  expect(mails).toEqual([1, 2]);
});

test('nothing waits for ever: however much is urgent, one goes after the other', async () => {
  const { first, turn } = createPrecedence(1);
  const end = longWork(first);
  await Promise.all([turn(), turn(), turn()]);
  await end();
});
