import { operation } from '@ticketing/types/operation';
import { problems, type ProblemCode } from '@ticketing/types/problem';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { accessTokenVerifier } from '../src/access-token.ts';
import { createHttpApp } from '../src/http-app.ts';
import { listen, type ListeningServer } from '../src/http-server.ts';
import { createLog } from '../src/log.ts';
import { ProblemError, type ProblemOptions } from '../src/problem.ts';

const refuse = operation({
  ...{ tag: 'Test', summary: 'Test', errors: [], id: 'refuse', method: 'get', access: 'public' },
  path: '/refused',
  query: z.object({ code: z.string(), logAs: z.string().optional() }),
  answers: { 204: { description: 'Never' } },
});

const lines: string[] = [];
let server: ListeningServer;
beforeAll(async () => {
  const http = createHttpApp({
    log: createLog({
      ...{ name: 'test', level: 'info', format: 'json' },
      destination: { write: (line: string) => void lines.push(line) },
    }),
    verifyToken: accessTokenVerifier({ current: 'a-secret-of-the-tests-with-32-characters' }),
    corsOrigins: [],
    trustedProxies: false,
  });
  http.implement(refuse, ({ query: { code, logAs } }) => {
    const cause = new Error('Invalid API Key provided: sk_live_4eC39HqLyjWDarjtT1zdp7dc');
    const options = { cause, ...(logAs !== undefined && { logAs }) } as ProblemOptions;
    throw new ProblemError(code as ProblemCode, 'Not now.', options);
  });
  server = await listen(http.finish(), { host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());
beforeEach(() => void lines.splice(0));

const cells = Object.entries(problems).flatMap(([code, { status }]) =>
  [undefined, 'warn', 'error'].map((logAs) => ({ code, status, logAs })),
);

test.each(cells)('$code that is to be logged as $logAs', async ({ code, status, logAs }) => {
  const response = await fetch(`${server.url}/refused?code=${code}${logAs === undefined ? '' : `&logAs=${logAs}`}`);
  expect([response.status, await response.text()]).toEqual([status, expect.not.stringContaining('API Key')]);
  const level = logAs ?? (status >= 500 ? 'error' : undefined);
  const logged = lines.map((line) => JSON.parse(line) as { level: string; err: { message: string } });
  // The cause with its words, and never a key.
  const cause = { message: 'Invalid API Key provided: sk_live_[secret]' };
  expect(logged).toEqual(
    level === undefined ? [] : [expect.objectContaining({ level, err: expect.objectContaining(cause) as object })],
  );
});
