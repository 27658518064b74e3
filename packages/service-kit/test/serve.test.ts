import { expect, test } from 'vitest';
import { implementHealth } from '../src/health.ts';
import { createHttpApp } from '../src/http-app.ts';
import { silentLog } from '../src/log.ts';
import { serve } from '../src/serve.ts';
import { unauthenticated } from '../src/access-token.ts';

const LONG_ENOUGH_MS = 1_000;

async function start(closeDelayMs: number) {
  const http = createHttpApp({
    log: silentLog,
    verifyToken: () => {
      throw unauthenticated('No tokens here.');
    },
    corsOrigins: [],
    trustedProxies: false,
    checkAnswers: true,
  });
  implementHealth(http, { database: () => Promise.resolve() });
  const { url, close } = await serve(http, { HOST: '127.0.0.1', PORT: 0, CLOSE_DELAY_MS: closeDelayMs });
  const status = async (path: string) => (await fetch(url + path)).status;
  return { status, close };
}

test('a service that was told to stop says so at its health checks while it still serves', async () => {
  const { status, close } = await start(LONG_ENOUGH_MS);
  expect(await status('/health/live')).toBe(200);
  const closed = close();
  expect(await status('/health/live')).toBe(503);
  expect(await status('/health/ready')).toBe(503);
  expect(await status('/elsewhere')).toBe(404);
  await closed;
  await expect(status('/health/live')).rejects.toThrow('fetch failed');
});
