import Stripe from 'stripe';
import type { StripeAccess } from '../stripe-access.ts';
import { listPage, type Resource } from './list.ts';
import { settlePage, type News, type SettleOptions } from './settle-page.ts';

export type SyncOptions = StripeAccess & SettleOptions;

/** Going through what was made of a resource since a time, page by page, from the newest to the oldest. */
export interface Walk {
  resource: Resource;
  since: Date;
  /** What is made later is not in this walk: lists begin with the newest, and it does not go back. */
  startedAt: Date;
  /** The last object of the last page that was settled. */
  after: string | undefined;
  isDone: boolean;
}

/** What was seen so far. */
export interface Seen {
  lookedAt: number;
  /** Of another product on the same account. */
  foreign: number;
  news: News[];
}

/** Stripe's clock and ours differ, and objects may be listed some time after they were made. */
const OVERLAP_MS = 15 * 60_000;

export function startWalk(resource: Resource, since: Date, startedAt: Date): Walk {
  return {
    ...{ resource, startedAt, after: undefined, isDone: false },
    since: new Date(since.getTime() - OVERLAP_MS),
  };
}

/** Settles the next page. If it throws, the walk is where it was, and the page is taken again. */
export async function step(options: SyncOptions, walk: Walk): Promise<Seen> {
  const page = await listPage(options, walk.resource, walk).catch((error: unknown) => {
    // Events are forgotten after 30 days: where the page would begin is lost, so all of it is taken again.
    if (error instanceof Stripe.errors.StripeError && error.code === 'resource_missing') walk.after = undefined;
    throw error;
  });
  const settled = await settlePage(options, page);
  walk.after = page.data.at(-1)?.id ?? walk.after;
  walk.isDone = !page.hasMore || page.data.length === 0;
  return { ...settled, lookedAt: page.data.length };
}
