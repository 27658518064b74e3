import { stripVTControlCharacters } from 'node:util';
import { createLog } from '@ticketing/service-kit/log';
import { expect, test } from 'vitest';
import { showLogLine } from '../start/log-line.ts';

type Write = (log: ReturnType<typeof createLog>) => void;

/** What a service's own log writes, as the terminal shows it. */
function shown(write: Write, isVerbose = false): string | undefined {
  let line = '';
  const destination = { write: (text: string) => (line += text) };
  write(createLog({ name: 'orders-service', level: 'debug', format: 'json', destination }));
  const text = showLogLine('orders-service', line.trimEnd(), isVerbose);
  return text === undefined ? undefined : stripVTControlCharacters(text);
}

const ORDER = '0199c0de-0000-7000-8000-000000000001';

test.each<[string, Write, string]>([
  [
    'a job that failed',
    (log) =>
      log.warn(
        { job: 7, kind: 'mail', orderId: ORDER, attempt: 2, fault: 'transient', reason: 'connect ECONNREFUSED' },
        'a job failed and will be tried again',
      ),
    `orders-service  warn  a job failed and will be tried again  job=7 kind=mail orderId=${ORDER} attempt=2 fault=transient reason="connect ECONNREFUSED"`,
  ],
  [
    'an error with a code',
    (log) =>
      log.warn({ err: Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' }), work: 'holds' }, 'put off'),
    'orders-service  warn  put off  no route (EHOSTUNREACH)  work=holds',
  ],
  [
    'an error that names its code',
    (log) => log.error({ err: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }) }, 'away'),
    'orders-service  error  away  connect ECONNREFUSED',
  ],
  [
    'a place in a topic, and a list',
    (log) => log.error({ topic: 'payment.failed', partition: 0, offset: '12', created: ['a', 'b'] }, 'dead-lettered'),
    'orders-service  error  dead-lettered  topic=payment.failed partition=0 offset=12 created=["a","b"]',
  ],
  [
    'parts of an object',
    (log) => log.fatal({ order: { id: ORDER, none: null } }, 'cannot be ended'),
    `orders-service  fatal  cannot be ended  order.id=${ORDER}`,
  ],
  [
    'what a terminal would obey',
    (log) => log.warn({ reason: 'a\u001b[2Jb\nc\u202e' }, 'hostile\u001b]0;x\u0007'),
    'orders-service  warn  hostile ]0;x  reason="a [2Jb c"',
  ],
  [
    'what is too long',
    (log) => log.warn({ reason: 'x'.repeat(500) }, 'long'),
    `orders-service  warn  long  reason=${'x'.repeat(200)}…`,
  ],
])('%s', (_title, write, expected) => {
  expect(shown(write)).toBe(expected);
});

test('only warnings are shown, or all of it', () => {
  const write: Write = (log) => log.info({ url: 'http://127.0.0.1:1' }, 'ready');
  expect(shown(write)).toBeUndefined();
  expect(shown(write, true)).toBe('orders-service  info  ready  url=http://127.0.0.1:1');
});

test("Node's own words are shown when all is", () => {
  expect(showLogLine('gateway', 'node:internal/x', false)).toBeUndefined();
  expect(stripVTControlCharacters(showLogLine('gateway', 'node:internal/x', true) ?? '')).toBe(
    'gateway  node:internal/x',
  );
});
