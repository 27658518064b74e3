import { request as httpRequest } from 'node:http';
import { operation } from '@ticketing/types/operation';
import { problems, type ProblemCode } from '@ticketing/types/problem';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { implementHealth } from '../src/health.ts';
import { createHttpApp, type HttpApp } from '../src/http-app.ts';
import { listen, type ListeningServer } from '../src/http-server.ts';
import { createLog } from '../src/log.ts';
import { createRegistry, httpMetrics, serveMetrics } from '../src/metrics.ts';
import { ProblemError } from '../src/problem.ts';

interface Line {
  level: string;
  msg: string;
  requestId?: string;
  traceId?: string;
  route?: string;
  path?: string;
  status?: number;
  times?: number;
  err?: { message: string };
  reasons?: Record<string, string>;
}

const lines: Line[] = [];
const log = createLog({
  ...{ name: 'test', level: 'info', format: 'json' },
  destination: { write: (line: string) => void lines.push(JSON.parse(line) as Line) },
});
beforeEach(() => void lines.splice(0));

const fail = operation({
  ...{ tag: 'Test', summary: 'Test', errors: [], id: 'fail', method: 'post', access: 'optional' },
  path: '/tickets/{code}/fail',
  body: z.object({}).loose(),
  isBodyOptional: true,
  params: z.object({ code: z.string() }),
  query: z.object({ how: z.string() }),
  answers: { 200: { description: 'Never', schema: z.object({ a: z.string() }) }, 503: { description: 'Away' } },
});

const ownCodes = (Object.keys(problems) as ProblemCode[]).filter((code) => problems[code].status >= 500);

/** What a handler may do so that the answer is a 5xx. */
const ways: Record<string, () => unknown> = {
  ...Object.fromEntries(
    ownCodes.map((code) => [
      code,
      () => {
        throw new ProblemError(code, 'It is being mended.');
      },
    ]),
  ),
  'an error': () => {
    throw new TypeError('of the inside');
  },
  'a text that is thrown': () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- libraries do throw such things
    throw 'a text';
  },
  'nothing that is thrown': () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- libraries do throw such things
    throw undefined;
  },
  'a rejection': () => Promise.reject(new Error('of the inside')),
  'a lost database': () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })),
  'an error with a status': () => Promise.reject(Object.assign(new Error('no'), { status: 500 })),
  'a status that is returned': () => ({ status: 503 }),
  'a status with its reason': () => ({ status: 503, failure: { reason: 'The cellar is full.' } }),
  'an answer that cannot be written': () => ({ status: 200, body: { a: 1n } }),
  'a header that cannot be sent': () => ({ status: 200, body: {}, headers: { 'X-A': 'a\nb' } }),
};

let registry: Registry;
let server: ListeningServer;
let http: HttpApp;
let isDatabaseAway = false;
beforeAll(async () => {
  registry = createRegistry('test');
  http = createHttpApp({
    ...{ log, corsOrigins: [], trustedProxies: false, metrics: httpMetrics(registry) },
    verifyToken: () => {
      throw new Error('the secret is gone');
    },
  });
  http.use((request, _response, next) => {
    if (request.path === '/used') throw new Error('before any operation');
    if (request.path === '/used-later') setImmediate(() => next(new Error('before any operation')));
    else next();
  });
  http.shortcut(({ url }) => {
    if (url === '/shortcut') throw new Error('not even a route');
    if (url !== '/shortcut/unwritable') return undefined;
    return { operation: fail, reply: { status: 200, body: { a: 1n } } };
  });
  http.implement(fail, ({ query: { how } }) => ways[how]?.() as { status: 200; body: { a: string } });
  implementHealth(http, {
    database: () => (isDatabaseAway ? Promise.reject(new Error('connection refused')) : Promise.resolve()),
    fine: () => Promise.resolve(),
  });
  server = await listen(http.finish(), { host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await server.close();
  registry.clear();
});

let requests = 0;

async function call(path: string, init: RequestInit = {}) {
  const requestId = `request-${++requests}`;
  const headers = new Headers(init.headers);
  headers.set('X-Request-Id', requestId);
  const response = await fetch(server.url + path, { ...init, headers });
  return { requestId, status: response.status, text: await response.text() };
}

async function counted(): Promise<number> {
  const { values } = await present(registry.getSingleMetric('http_request_duration_seconds')).get();
  return values
    .filter(({ metricName, labels }: { metricName?: string; labels: { status?: number } }) => {
      return metricName?.endsWith('_count') && (labels.status ?? 0) >= 500;
    })
    .reduce((sum, { value }) => sum + value, 0);
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('it is not there');
  return value;
}

/** Each leaves one line with its ids, its route and the reason, and is counted once. */
async function expectLogged(answer: Awaited<ReturnType<typeof call>>, route: string, before: number) {
  expect(answer.status).toBeGreaterThanOrEqual(500);
  expect(answer.text).not.toMatch(/ at |node_modules|inside/);
  expect(lines).toEqual([
    expect.objectContaining({
      ...{ requestId: answer.requestId, route, status: answer.status },
      level: expect.stringMatching(/^(warn|error)$/) as string,
      msg: expect.stringMatching(/\w{4}/) as string,
      traceId: expect.stringMatching(/^[\da-f]{32}$/) as string,
    }),
  ]);
  await expect.poll(counted).toBe(before + 1);
}

describe('every 5xx is in the log', () => {
  test.each(Object.keys(ways))('%s', async (how) => {
    const before = await counted();
    const answer = await call(`/tickets/a-code-of-a-ticket/fail?how=${encodeURIComponent(how)}`, { method: 'POST' });
    await expectLogged(answer, '/tickets/{code}/fail', before);
    // Whoever knows the code gets in.
    expect(JSON.stringify(lines)).not.toContain('a-code-of-a-ticket');
  });

  test('an error that cannot be told', async () => {
    ways.untellable = () => {
      throw new ProblemError('UNAVAILABLE', 'It is being mended.', { extra: { a: 1n } });
    };
    const { status, text, requestId } = await call('/tickets/a/fail?how=untellable', { method: 'POST' });
    expect([status, text]).toEqual([500, '']);
    const both = [
      { msg: 'It is being mended.', status: 503 },
      { msg: 'The answer could not be made.', status: 500 },
    ];
    expect(lines).toMatchObject(both.map((line) => ({ ...line, requestId, level: 'error' })));
  });

  test('what is thrown where tokens are read', async () => {
    const before = await counted();
    const headers = { authorization: 'Bearer a' };
    await expectLogged(
      await call('/tickets/a/fail?how=x', { method: 'POST', headers }),
      '/tickets/{code}/fail',
      before,
    );
  });

  test.each(['/used', '/used-later', '/shortcut'])('what is thrown before there is a route: %s', async (path) => {
    const before = await counted();
    await expectLogged(await call(path), 'none', before);
  });

  test('what answers at once, and cannot', async () => {
    const before = await counted();
    await expectLogged(await call('/shortcut/unwritable'), '/tickets/{code}/fail', before);
  });

  test('that something is away, with the reason, and once a minute', async () => {
    expect((await call('/health/ready')).status).toBe(200);
    isDatabaseAway = true;
    const before = await counted();
    await expectLogged(await call('/health/ready'), '/health/ready', before);
    expect(lines[0]).toMatchObject({ level: 'warn', reasons: { database: 'connection refused' } });
    expect(lines[0]?.msg).toBe('Not healthy: database is down.');
    await call('/health/ready');
    expect(lines).toHaveLength(1);
    isDatabaseAway = false;
  });

  test('of a page that only we see', async () => {
    const broken = new Registry();
    broken.registerMetric({ name: 'broken', get: () => Promise.reject(new Error('no value')) } as never);
    const internal = await serveMetrics(
      broken,
      { host: '127.0.0.1', port: 0, log },
      { '/page': (_request, response) => void response.writeHead(502).end() },
    );
    try {
      expect((await fetch(`${internal.url}/metrics`)).status).toBe(500);
      expect((await fetch(`${internal.url}/page`)).status).toBe(502);
      await expect.poll(() => lines).toHaveLength(2);
      expect(lines.map(({ level, status, path, err }) => [level, status, path, err?.message])).toEqual([
        ['error', 500, '/metrics', 'no value'],
        ['error', 502, '/page', undefined],
      ]);
    } finally {
      await internal.close();
    }
  });

  test('however many there are, they are counted and do not fill the disk', async () => {
    const calls = Array.from({ length: 100 }, () => call('/used'));
    expect(new Set((await Promise.all(calls)).map(({ status }) => status))).toEqual(new Set([500]));
    expect(lines.length).toBeLessThanOrEqual(20);
    expect(lines.length).toBeGreaterThan(0);
  });
});

describe('what is not our fault is not in the log', () => {
  test.each([
    ['/nowhere', 'GET', undefined],
    ['/tickets/a/fail', 'DELETE', undefined],
    ['/tickets/%E0%A4%A/fail?how=x', 'POST', undefined],
    ['/tickets/a/fail?how=x', 'POST', '{'],
    ['/tickets/a/fail?how=x', 'POST', `"${'x'.repeat(200_000)}"`],
  ])('%s %s with the body %j', async (path, method, body) => {
    const headers = { 'content-type': 'application/json' };
    const { status } = await call(path, { method, ...(body !== undefined && { body, headers }) });
    expect([status >= 400 && status < 500, lines]).toEqual([true, []]);
  });

  test('a client that goes away in the middle of its request', async () => {
    const request = httpRequest(`${server.url}/tickets/a/fail?how=x`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '1000' },
    });
    const gone = new Promise((resolve) => request.once('error', resolve));
    request.write('{"half":', () => request.destroy(new Error('gone')));
    await gone;
    // It is over when the next one has been answered, and the metrics know of both.
    await expect
      .poll(async () => (await registry.metrics()).includes('route="/tickets/{code}/fail",status="200"'))
      .toBe(true);
    expect(lines).toEqual([]);
  });

  test('closing, which somebody wanted, is no warning', async () => {
    http.announceClosing();
    for (const path of ['/health/live', '/health/ready']) {
      lines.splice(0);
      const { status, requestId } = await call(path);
      expect(status).toBe(503);
      expect(lines).toEqual([
        expect.objectContaining({ level: 'info', requestId, msg: 'This process is closing.', route: path }),
      ]);
    }
  });
});
