import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog } from '@ticketing/service-kit/log';
import { startLocalRedis } from '@ticketing/testing/local-redis';
import { startTcpProxy } from '@ticketing/testing/tcp-proxy';
import { temporaryHome } from '@ticketing/testing/temporary-home';
import { Queue, Worker } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { openQueueRedis } from '../src/jobs/queue-redis.ts';

/** Long enough for a connection to break while commands are under way. */
const SLOW_MS = 300;

test('a queue goes on after the connection of its workers broke while they were asking for jobs', async () => {
  const dataDir = await mkdtemp(join(await temporaryHome(), 'ticketing-queue-redis-'));
  const server = await startLocalRedis({ dataDir, persistent: false });
  onTestFinished(server.stop);
  const proxy = await startTcpProxy(server.url);
  onTestFinished(proxy.close);
  const redis = openQueueRedis(proxy.url, silentLog);
  onTestFinished(redis.close);
  const direct = openQueueRedis(server.url, silentLog);
  onTestFinished(direct.close);

  const queue = new Queue('jobs', { connection: direct.client });
  onTestFinished(() => queue.close());
  const done = new Set<number>();
  const halfDone = Promise.withResolvers<undefined>();
  const allDone = Promise.withResolvers<undefined>();
  const jobs = 40;
  const worker = new Worker<number>(
    'jobs',
    ({ data }) => {
      done.add(data);
      if (done.size === jobs / 2) halfDone.resolve(undefined);
      if (done.size === jobs) allDone.resolve(undefined);
      return Promise.resolve();
    },
    // A job whose news was lost with the connection is begun again as soon as its lock ends.
    { connection: redis.waiting, concurrency: 4, lockDuration: 2_000, stalledInterval: 1_000, maxStalledCount: jobs },
  );
  worker.on('error', () => undefined);
  onTestFinished(() => worker.close(true));
  await worker.waitUntilReady();
  proxy.slow(SLOW_MS);
  await queue.addBulk(Array.from({ length: jobs }, (_, data) => ({ name: 'job', data })));
  await halfDone.promise;
  // What the worker says and asks for now is on its way.
  proxy.breakConnections();
  proxy.restore();
  await allDone.promise;
  expect(done.size).toBe(jobs);
}, 40_000);
