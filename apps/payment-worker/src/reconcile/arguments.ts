import { parseCommandLine, wholeNumber } from '@ticketing/service-kit/command-arguments';
import { UsageError } from '@ticketing/service-kit/command-line';
import { readTime } from '../time-argument.ts';

export const HELP = `Asks Stripe about payments that were started, and refunds that are under way, of which nothing was heard for a while; then
goes through what Stripe has (events, payment intents, refunds, disputes) since the last time, and settles whatever the
database does not know. Payments of orders that are unknown are kept: see pnpm dlq list. The worker does the same by
itself, every ten minutes. Safe to repeat.

  pnpm reconcile [--since <time>] [--older-than <seconds>] [--limit <n>] [--json]

  --since <time>          go through what was made since: 2026-11-22T10:00:00Z, 2026-11-22, or so long ago: 90m, 36h, 3d.
                          After a restore: the time of the backup. Stripe has events of the last 30 days
  --older-than <seconds>  started, and not asked about, for so long (120)
  --limit <n>             most payments, and most refunds, that are asked about (100)
  --json                  one JSON object instead of sentences

Exit status: 0 done, 1 Stripe could not be asked about some, 64 wrong usage, 78 wrong environment.
Environment: DATABASE_URL, STRIPE_SECRET_KEY, STRIPE_API_BASE, STRIPE_MAX_RPS; by default those of the running npm start.`;

export interface ReconcileArguments {
  since: Date | undefined;
  olderThanSeconds: number;
  limit: number;
  isJson: boolean;
}

const SECONDS = [0, 2_592_000] as const;
const LIMITS = [1, 1_000_000] as const;

/** @throws {UsageError} which says what is wrong */
export function readArguments(args: string[], now = new Date()): ReconcileArguments | 'help' {
  const { values } = parseCommandLine({
    args,
    options: {
      since: { type: 'string' },
      'older-than': { type: 'string', default: '120' },
      limit: { type: 'string', default: '100' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    limit: wholeNumber('--limit', values.limit, LIMITS),
    olderThanSeconds: wholeNumber('--older-than', values['older-than'], SECONDS),
    isJson: values.json,
    since: readSince(values.since, now),
  };
}

function readSince(given: string | undefined, now: Date): Date | undefined {
  if (given === undefined) return undefined;
  const since = readTime(given, now);
  if (!since) throw new UsageError('--since must be a time, like 2026-11-22T10:00:00Z, or how long ago, like 36h.');
  if (since > now) throw new UsageError('--since must be in the past.');
  return since;
}
