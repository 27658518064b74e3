import { describe, expect, test } from 'vitest';
import { ConfigError, configFaults, readConfig } from '@ticketing/service-kit/config';
import { SERVICE_CONFIGS } from '../start/service-faults.ts';
import { Variables } from '../env.ts';
import { APPS, serviceVariables } from './settings/schemas.ts';

const SCHEMAS = { ...SERVICE_CONFIGS, 'npm start': Variables };
const VARIABLES = Object.entries(SCHEMAS).flatMap(([reader, schema]) =>
  Object.keys(schema.shape).map((name) => ({ reader, name, schema })),
);

/** What a service starts with. */
const RIGHT: NodeJS.ProcessEnv = {
  DATABASE_URL: 'postgresql://role:password@127.0.0.1/ticketing',
  JWT_SECRET: 'a-secret-of-the-tests-with-32-characters',
  STRIPE_SECRET_KEY: 'sk_test_local',
  STRIPE_WEBHOOK_SECRET: 'whsec_of_the_tests_only',
  KAFKA_BROKERS: '127.0.0.1:9092',
  MAIL_FROM: 'tickets@shop.example',
};

/** Of every sort; each is wrong for most variables. */
const WRONG = [
  ...['abc', 'ON', 'true', 'yes', 'undefined', '-1', '0', '00x1', '1.5', '1e3', '0x10', '99999999999', '1e999', 'NaN'],
  ...[
    '٣',
    '1,000',
    '1 000',
    '10/',
    '/10',
    '0/60',
    '10/900/1',
    '60',
    '5s',
    'INFO',
    'json5',
    '*',
    ',',
    ', ,',
    'a,,b',
    '=',
  ],
  ...['http://', 'https://', 'ftp://host', 'http:/host', '//host', 'htp://host:1', 'http://host:99999', 'http://a b'],
  ...['https://host/path', 'https://host?query', 'https://host#part', 'null', 'kafka', 'kafka:', ':9092', 'kafka:0'],
  ...['kafka:9092;kafka:9093', 'redis:6379', 'postgres', '256.0.0.1', '1.2.3', '::1/129', '10.0.0.0/33', '10.0.0.0/0'],
  ...['none,loopback', '/no/such/file', '/', 'a@', '@b', 'Name <a>', 'sk_', 'pk_test_1', 'whsec_one', '🎫', 'x\u0000y'],
];

/** Any text is right. */
const FREE = new Set(['MAIL_DIRECTORY', 'DATA_DIR', 'OTEL_SERVICE_NAME']);

/** `npm start` hands them to the services, which check them before anything is started. */
const CHECKED_BY_SERVICES = new Set([
  ...['JWT_SECRET', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'STRIPE_API_BASE', 'NODE_ENV', 'CI'],
]);

const isSecret = (name: string): boolean => /SECRET|PASSWORD|HEADERS|(DATABASE|REDIS|SMTP)_URL/.test(name);

/** What zod says by itself. */
const RAW = /invalid|expected|received|too (small|big|short|long)|NaN$|unrecognized|\[object|pattern|regex|zod/i;

const faultsOf = (schema: (typeof VARIABLES)[number]['schema'], own: NodeJS.ProcessEnv) =>
  configFaults(schema, { ...RIGHT, ...own });

describe.each(VARIABLES)('$name of $reader', ({ name, reader, schema }) => {
  test('refuses what is wrong with a message that names it, says what is right, and what was given', () => {
    const faults = WRONG.flatMap((text) => faultsOf(schema, { [name]: text }).map((fault) => ({ text, fault })));
    const isAnyTextRight = FREE.has(name) || (reader === 'npm start' && CHECKED_BY_SERVICES.has(name));
    expect(faults.length > 0).toBe(!isAnyTextRight);
    for (const { text, fault } of faults) {
      const [, variable, right = '', shown] = /^(\w+): must (.*?)(?:, not (.*))?$/s.exec(fault) ?? [];
      expect({ text, fault, variable }).toEqual({ text, fault, variable: name });
      expect(right).not.toMatch(RAW);
      const isShown = !isSecret(name) && !/^(sk|whsec)_/.test(text);
      if (isShown && shown !== undefined) expect(text).toContain(shown.startsWith('"') ? JSON.parse(shown) : shown);
      else expect({ text, fault, shown }).toEqual({ text, fault, shown: isShown ? 'something' : undefined });
    }
  });

  test('repeats no secret, also one that got there by mistake', () => {
    const mistakes = ['http://user:hush@host/path', 'sk_live_hush', 'rk_test_hush', 'whsec_hush'];
    const own = ['hush', 'hush=hush=hush', 'hush,hush', 'postgres//hush@host', 'smtp://hush'];
    for (const text of isSecret(name) ? [...mistakes, ...own] : mistakes) {
      expect(faultsOf(schema, { [name]: text }).join()).not.toContain('hush');
    }
  });

  test('takes what is empty, or only spaces, for unset', () => {
    const unset = faultsOf(schema, { [name]: undefined });
    for (const text of ['', ' ', '\t\n']) expect(faultsOf(schema, { [name]: text })).toEqual(unset);
    expect(unset.every((fault) => fault === `${name}: is not set`)).toBe(true);
  });
});

test('spaces around a value do not matter', () => {
  for (const [name, readers] of serviceVariables()) {
    for (const [app, { preset }] of readers) {
      const value = preset ?? (name === 'JWT_SECRET' ? undefined : RIGHT[name]);
      if (value === undefined) continue;
      const read = (text: string) => readConfig(SERVICE_CONFIGS[app], { ...RIGHT, [name]: text })[name];
      expect([name, read(` ${value}\n`)]).toEqual([name, read(value)]);
    }
  }
});

test('all faults come in one error', () => {
  for (const app of APPS) {
    const names = Object.keys(SERVICE_CONFIGS[app].shape).filter((name) => !FREE.has(name));
    const wrong = Object.fromEntries(names.map((name) => [name, name === 'MAIL_FROM' ? '@' : 'kafka:0;']));
    try {
      readConfig(SERVICE_CONFIGS[app], wrong);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      for (const name of names) expect((error as Error).message).toContain(`\n  ${name}: must `);
    }
  }
});
