import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { apiVariables, configFaults, readConfig } from '../src/config.ts';
import { limitVariable } from '../src/rate-limit/limit.ts';
import { telemetryVariables } from '../src/telemetry-variables.ts';
import * as variables from '../src/variable.ts';

const { CORS_ORIGINS, TRUSTED_PROXIES, JWT_SECRET } = apiVariables();
const { OTEL_TRACES_SAMPLER_ARG, OTEL_EXPORTER_OTLP_HEADERS, OTEL_RESOURCE_ATTRIBUTES } = telemetryVariables();

const faultOf = (schema: z.ZodType, X: string) => configFaults(z.object({ X: schema }), { X })[0];
const valueOf = <Value>(schema: z.ZodType<Value>, X: string): Value => readConfig(z.object({ X: schema }), { X }).X;

test.each<[z.ZodType, string, string]>([
  [variables.wholeNumber(60, 86_400), '-5', 'must be a whole number between 60 and 86400, not -5'],
  [variables.wholeNumber(60, 86_400), '1e3', 'must be a whole number between 60 and 86400, not 1e3'],
  [variables.wholeNumber(60, 86_400), '61.0', 'must be a whole number between 60 and 86400, not 61.0'],
  [variables.port(), '65536', 'must be a port, a whole number between 0 and 65535, not 65536'],
  [variables.port(1), '0', 'must be a port, a whole number between 1 and 65535, not 0'],
  [variables.choice('on', 'off'), 'ON', 'must be on or off, not ON'],
  [variables.choice('open', 'approval', 'closed'), '1', 'must be one of open, approval, closed, not 1'],
  [limitVariable('60/60'), '60', expect.stringMatching(/^must be <calls>\/<seconds>, such as 60\/60, .*, not 60$/)],
  [variables.listenHost, 'a b', expect.stringMatching(/^must be an address or a host name .*, not "a b"$/)],
  [variables.httpOrigin, 'events:3001', expect.stringMatching(/^must be an address such as .*, not events:3001$/)],
  [variables.httpOrigin, 'http://a/b', expect.stringMatching(/without a path, not http:\/\/a\/b$/)],
  [variables.httpUrl, 'localhost:4318', 'must be an http:// or https:// URL, not localhost:4318'],
  [variables.brokers, 'a:9092,b', 'must list brokers as host:port, separated by commas, not b'],
  [variables.brokers, ',', 'must list brokers as host:port, separated by commas, not ","'],
  [variables.certificateFile, '/no', 'must be a file of PEM certificates that can be read, not /no'],
  [
    CORS_ORIGINS,
    'https://a.example, b.example',
    expect.stringMatching(/^must list origins such as .*, not b.example$/),
  ],
  [CORS_ORIGINS, '*', expect.stringMatching(/, not \*$/)],
  [CORS_ORIGINS, 'https://a.example/shop', expect.stringMatching(/without a path, .*, not https:\/\/a.example\/shop$/)],
  [TRUSTED_PROXIES, '10.0.0.1,foo', expect.stringMatching(/^must be none, or list addresses, .*, not foo$/)],
  [TRUSTED_PROXIES, 'none,loopback', 'must be none alone, or a list without it, not none,loopback'],
  [OTEL_TRACES_SAMPLER_ARG, '10%', 'must be a number between 0 and 1, not "10%"'],
  [OTEL_RESOURCE_ATTRIBUTES, 'team', expect.stringMatching(/^must be key=value pairs .*, not team$/)],
  [JWT_SECRET, 'hush', 'must have at least 32 characters'],
  [OTEL_EXPORTER_OTLP_HEADERS, 'hush', expect.not.stringContaining('hush')],
  [variables.postgresUrl, 'mysql://hush', expect.not.stringContaining('hush')],
  [variables.redisUrl, 'redis:///hush', expect.not.stringContaining('hush')],
  [variables.httpOrigin, 'http://user:hush@host', expect.not.stringContaining('hush')],
  [variables.wholeNumber(1, 2), 'x'.repeat(10_000), expect.stringMatching(/, not x{60}…$/)],
])('a wrong value is told what is right: case %#', (schema, given, message) => {
  const [name, said = ''] = (faultOf(schema, given) ?? '').split(/: (.*)/s);
  expect([name, said]).toEqual(['X', message]);
});

test.each<[z.ZodType, string, unknown]>([
  [variables.wholeNumber(0, 10), ' 007 ', 7],
  [variables.list({ must: '', read: (text) => text }), 'a, b,,a ,', ['a', 'b']],
  [variables.httpOrigin, 'HTTP://Host:80/', 'http://host'],
  [variables.httpOrigin, 'https://[::1]:3001', 'https://[::1]:3001'],
  [variables.brokers, 'kafka-1:9092, my_kafka:9093,10.0.0.1:9092', ['kafka-1:9092', 'my_kafka:9093', '10.0.0.1:9092']],
  [variables.listenHost, '::', '::'],
  [
    variables.postgresUrl,
    'postgresql:///ticketing?host=/run/postgresql',
    'postgresql:///ticketing?host=/run/postgresql',
  ],
  [variables.redisUrl, 'rediss://:password@host/1', 'rediss://:password@host/1'],
  [
    CORS_ORIGINS,
    'https://Shop.example.com:443/, http://localhost:5173',
    ['https://shop.example.com', 'http://localhost:5173'],
  ],
  [
    CORS_ORIGINS,
    'https://müller.example,capacitor://localhost',
    ['https://xn--mller-kva.example', 'capacitor://localhost'],
  ],
  [OTEL_RESOURCE_ATTRIBUTES, 'team=box%20office, tier=1', 'team=box%20office, tier=1'],
])('a right value is taken: case %#', (schema, given, value) => expect(valueOf(schema, given)).toEqual(value));

describe('TRUSTED_PROXIES', () => {
  test.each([
    'loopback',
    'linklocal,uniquelocal',
    '10.0.0.1',
    '10.0.0.0/8, fc00::/7',
    '::1,::ffff:10.0.0.1',
    '192.0.2.1/32,2001:db8::/128',
  ])('%s is what Express takes', (given) => {
    const value = valueOf(TRUSTED_PROXIES, given);
    expect(() => express().set('trust proxy', value)).not.toThrow();
  });

  test.each([
    'true',
    '1',
    '2',
    'foo',
    '10.0.0.0/0',
    '10.0.0.0/33',
    '::1/129',
    '1.2.3',
    'fe80::1%eth0',
    'localhost',
    '*',
  ])('%s is refused', (given) => expect(faultOf(TRUSTED_PROXIES, given)).toMatch(/^X: must be none, or list/));

  test('none trusts nobody', () => expect(valueOf(TRUSTED_PROXIES, 'none')).toBe(false));
});

test('a file of certificates is read before it is needed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ticketing-certificates-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'ca.crt');
  await writeFile(file, 'what is no certificate');
  expect(faultOf(variables.certificateFile, file)).toContain(file);
  await writeFile(file, '-----BEGIN CERTIFICATE-----\n');
  expect(valueOf(variables.certificateFile, file)).toBe(file);
});
