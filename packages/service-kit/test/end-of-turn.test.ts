import { expect, test } from 'vitest';
import { endOfTurn } from '../src/end-of-turn.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('work is put off to the end of the turn, and done in order', async () => {
  const done: number[] = [];
  const atEndOfTurn = endOfTurn();
  const all = [1, 2, 3].map((number) => atEndOfTurn(() => void done.push(number)));
  await Promise.resolve();
  expect(done).toEqual([]);
  await Promise.all(all);
  expect(done).toEqual([1, 2, 3]);
});

test('work that comes up meanwhile waits for the end of the next turn', async () => {
  const done: string[] = [];
  const atEndOfTurn = endOfTurn();
  const second = Promise.withResolvers<undefined>();
  void atEndOfTurn(() => {
    done.push('first');
    atEndOfTurn(() => void done.push('second')).then(() => second.resolve(undefined), second.reject);
  });
  await turn();
  expect(done).toEqual(['first']);
  await second.promise;
  expect(done).toEqual(['first', 'second']);
});

test('work that fails fails its own caller alone', async () => {
  const done: string[] = [];
  const atEndOfTurn = endOfTurn();
  const failing = atEndOfTurn(() => {
    throw new Error('not sent');
  });
  const other = atEndOfTurn(() => void done.push('sent'));
  await expect(failing).rejects.toThrow('not sent');
  await other;
  expect(done).toEqual(['sent']);
});
