import { expect, test } from 'vitest';
import { misspelledVariables } from '../src/misspelled.ts';

const KNOWN = ['ORDER_HOLD_SECONDS', 'CORS_ORIGINS', 'REDIS_URL', 'PORT', 'HOST', 'LOG_LEVEL', 'EVENTS_SERVICE_URL'];
const found = (env: NodeJS.ProcessEnv) => misspelledVariables(KNOWN, env).map(({ given, meant }) => [given, meant]);

test.each([
  ['ORDER_HOLDS_SECONDS', 'ORDER_HOLD_SECONDS'],
  ['ORDER_HOLD_SECOND', 'ORDER_HOLD_SECONDS'],
  ['CORS_ORIGIN', 'CORS_ORIGINS'],
  ['REDIS_URI', 'REDIS_URL'],
  ['log_level', 'LOG_LEVEL'],
])('%s is probably %s', (given, meant) => {
  expect(found({ [given]: 'x' })).toEqual([[given, meant]]);
  expect(found({ [given]: 'x', [meant]: 'y' })).toEqual([]);
});

test('what the machine, Kubernetes and others set is left alone', () => {
  const names = [
    'HOME',
    'HOSTNAME',
    'PATH',
    'POST',
    'LOGNAME',
    'EVENTS_SERVICE_PORT',
    'REDIS_PORT',
    'LC_ALL',
    'OLDPWD',
  ];
  expect(found(Object.fromEntries([...names, ...KNOWN].map((name) => [name, 'x'])))).toEqual([]);
  expect(found(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([]);
});
