import type { News } from '@ticketing/order-effects/sync/settle-page';
import type { Synced } from '@ticketing/order-effects/sync/sync';
import { rejectionText } from '@ticketing/order-core/rejection';
import { visible } from '@ticketing/service-kit/terminal-text';
import type { OpenPayments } from './open-payments.ts';

/** What asking about open payments came to. */
export function openSentences({ asked, failed, settled, isLimitReached }: OpenPayments, limit: number): string[] {
  const open = asked - failed.length - settled.length;
  return [
    ...settled.map(sentence),
    ...failed.map(({ orderId, intentId, reason }) => `${orderId}: failed, ${intentId} is asked about later: ${reason}`),
    `Asked about ${asked}: ${settled.length} settled, ${open} still open at Stripe, ${failed.length} failed`,
    ...(isLimitReached ? [`The limit of ${limit} was reached: there may be more.`] : []),
  ];
}

/** How far one list is. */
export function progress({ resource, lookedAt, news }: Synced): string {
  return `${nameOf(resource)}: ${lookedAt} looked at, ${news.length} new`;
}

/** What going through Stripe's lists came to. */
export function syncSentences(synced: Synced[]): string[] {
  const news = synced.flatMap((one) => one.news);
  const since = new Date(Math.min(...synced.map((one) => one.since.getTime())));
  const counts = synced
    .map(({ resource, lookedAt }) => `${lookedAt} ${lookedAt === 1 ? nameOf(resource).slice(0, -1) : nameOf(resource)}`)
    .join(', ');
  const foreign = synced.reduce((sum, one) => sum + one.foreign, 0);
  return [
    ...news.map(sentence),
    `Looked at ${counts} since ${since.toISOString()}: ${news.length} new`,
    ...(foreign > 0 ? [`Of another product on the same account: ${foreign}`] : []),
    ...(news.some(isForPerson) ? ['Some are for you to decide: pnpm dlq list'] : []),
  ];
}

function nameOf(resource: Synced['resource']): string {
  return resource.replace('_', ' ');
}

function isForPerson({ kind }: News): boolean {
  return kind === 'rejected' || kind === 'kept';
}

function sentence(one: News): string {
  const detail = detailOf(one);
  return `${one.orderId ?? 'unknown order'}: ${one.kind}${detail === undefined ? '' : ` (${visible(detail)})`}`;
}

function detailOf(one: News): string | undefined {
  if (one.kind === 'rejected') return rejectionText(one);
  return 'reason' in one ? one.reason : 'what' in one ? one.what : undefined;
}
