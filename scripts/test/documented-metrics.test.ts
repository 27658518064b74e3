import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { inRoot } from '../run/repository.ts';

/** Words of the kind that metrics' names are, in code, of a page. */
const NAME =
  /`[^`]*?(?<![.\w])([a-z]+(?:_[a-z0-9]+)*_(?:total|seconds|seconds_count|seconds_sum|bytes|lag|parked|blocked|failed|waiting|age_seconds))\b[^`]*`/g;
/** Of Node's own metrics, which prom-client makes. */
const OF_NODE = /^(?:process|nodejs)_/;

async function namesInCode(): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const file of glob('{apps,packages}/*/src/**/*.ts', { cwd: inRoot() })) {
    const metrics = /(?:new (?:Counter|Gauge|Histogram)\(\{|const GAUGES)/;
    const source = readFileSync(inRoot(file), 'utf8');
    if (!metrics.test(source)) continue;
    for (const [, name = ''] of source.matchAll(/\bname: '([a-z0-9_]+)'/g)) names.add(name);
  }
  return names;
}

function namesIn(page: string): string[] {
  const text = readFileSync(inRoot('docs', page), 'utf8');
  return [...text.matchAll(NAME)].map(([, name = '']) => name.replace(/_(?:count|sum)$/, ''));
}

test.each(['operating.md', 'payments.md'])('docs/%s names metrics that there are', async (page) => {
  const names = namesIn(page).filter((name) => !OF_NODE.test(name));
  expect(names.length).toBeGreaterThan(5);
  const known = await namesInCode();
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

test('what counts faults has a row among the alerts', () => {
  const alerts = namesIn('operating.md');
  for (const name of [
    ...['stripe_refused_total', 'stripe_webhooks_refused_total', 'stripe_settled_by_asking_total'],
    ...['stripe_reports_total', 'stripe_sync_age_seconds', 'payment_messages_total', 'payment_consumer_lag'],
    ...['outbox_oldest_unfinished_seconds', 'outbox_parked', 'outbox_blocked', 'refunds_failed'],
    'events_cache_errors_total',
  ]) {
    expect(alerts).toContain(name);
  }
});
