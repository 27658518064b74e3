import { expect, test } from 'vitest';
import { endOfTurn } from '../src/end-of-turn.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('work is put off to the end of the turn, and done in order', async () => {
  const done: number[] = [];
  const atEndOfTurn = endOfTurn();
  for (const number of [1, 2, 3]) atEndOfTurn(() => done.push(number));
  await Promise.resolve();
  expect(done).toEqual([]);
  await turn();
  expect(done).toEqual([1, 2, 3]);
});

test('work that comes up meanwhile waits for the end of the next turn', async () => {
  const done: string[] = [];
  const atEndOfTurn = endOfTurn();
  atEndOfTurn(() => {
    done.push('first');
    atEndOfTurn(() => done.push('second'));
  });
  await turn();
  expect(done).toEqual(['first']);
  await turn();
  expect(done).toEqual(['first', 'second']);
});
