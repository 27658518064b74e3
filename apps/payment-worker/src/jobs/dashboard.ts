import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Queue } from 'bullmq';
import express from 'express';
import type { RequestListener } from 'node:http';

export const DASHBOARD_PATH = '/jobs';

/**
 * The queues as a page, for people who run the shop: to look at only, since what counts is the outbox (`pnpm jobs`). Job
 * data names no person. To be served on the internal port only.
 */
export function jobsDashboard(queues: Queue[]): RequestListener {
  const adapter = new ExpressAdapter();
  adapter.setBasePath(DASHBOARD_PATH);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Ticketing jobs' } },
  });
  const app = express();
  app.disable('x-powered-by');
  app.use(DASHBOARD_PATH, adapter.getRouter() as express.Router);
  return app as RequestListener;
}
