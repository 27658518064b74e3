import { waitUntil } from '@ticketing/testing/wait-until';
import { z } from 'zod';
import type { Compose } from './compose.ts';

const Line = z.looseObject({
  RouterName: z.string().optional(),
  ServiceName: z.string().optional(),
  /** Which replica answered. */
  ServiceAddr: z.string().optional(),
  DownstreamStatus: z.int().optional(),
  'request_X-Request-Id': z.string().optional(),
});
export type AccessLine = z.infer<typeof Line>;

/** What Traefik has logged of requests. */
export async function readAccessLog(compose: Compose): Promise<AccessLine[]> {
  const text = await compose.run('logs', '--no-log-prefix', '--no-color', 'traefik');
  return text
    .split('\n')
    .filter((line) => line.includes('"DownstreamStatus"'))
    .map((line) => Line.parse(JSON.parse(line)));
}

/** The line of the request with an id; it is written shortly after the answer. */
export async function lineOf(compose: Compose, requestId: string): Promise<AccessLine> {
  return waitUntil(
    `the access log to tell of ${requestId}`,
    async () => (await readAccessLog(compose)).find((line) => line['request_X-Request-Id'] === requestId),
    { everyMs: 200 },
  );
}
