import { expect, test } from 'vitest';
import { describeFault, planFaults, type Targets } from '../prove/faults/schedule.ts';
import { createRandom } from '../prove/random.ts';

const targets: Targets = {
  replicas: ['gateway', 'orders-service-1', 'payment-worker-1'],
  links: ['gateway → Postgres', 'services → Kafka'],
  servers: ['postgres', 'kafka', 'redis'],
};

test('the same seed plans the same faults, another one plans others', () => {
  const plan = (seed: string) => planFaults(createRandom(seed), 60_000, targets);
  expect(plan('1')).toEqual(plan('1'));
  expect(plan('1')).not.toEqual(plan('2'));
});

test('a minute of faults has every kind, and every server crashes', () => {
  const faults = planFaults(createRandom('any'), 60_000, targets).map(({ fault }) => fault);
  expect(new Set(faults.map(({ kind }) => kind)).size).toBe(9);
  const crashed = faults.flatMap((fault) => (fault.kind === 'crash' ? [fault.server] : []));
  expect(new Set(crashed)).toEqual(new Set(targets.servers));
  expect(faults.map(describeFault).join()).not.toMatch(/undefined|NaN/);
});

test('what there is not is not broken', () => {
  const faults = planFaults(createRandom('any'), 60_000, { ...targets, servers: ['postgres'] });
  expect(faults.map(({ fault }) => fault).filter((fault) => fault.kind === 'flush')).toEqual([]);
});

test('a part of the work draws from a stream of its own', () => {
  const draw = (disturbed: boolean) => {
    const random = createRandom('seed');
    if (disturbed) random.next();
    const buyer = random.fork('buyer-1');
    return [buyer.between(1, 1_000_000), buyer.next(), buyer.weighted({ pays: 1, leaves: 1, cancels: 1 })];
  };
  expect(draw(true)).toEqual(draw(false));
});

test('weights are kept to', () => {
  const random = createRandom('weights');
  const drawn = Array.from({ length: 10_000 }, () => random.weighted({ often: 9, seldom: 1 }));
  const often = drawn.filter((name) => name === 'often').length;
  expect(often).toBeGreaterThan(8_800);
  expect(often).toBeLessThan(9_200);
});
