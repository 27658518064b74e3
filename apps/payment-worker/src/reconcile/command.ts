import { parseArgs } from 'node:util';
import { openOrdersDatabase } from '@ticketing/order-core/database';
import { settle } from '@ticketing/order-core/settle';
import type { Settled } from '@ticketing/order-core/settlement';
import { stripeVariables } from '@ticketing/order-effects/config';
import { reconcile } from '@ticketing/order-effects/reconcile';
import { createStripe } from '@ticketing/order-effects/stripe';
import { stripeAccount } from '@ticketing/order-effects/stripe-account';
import { createStripeLimiter } from '@ticketing/order-effects/stripe-limiter';
import { commonVariables, ConfigError, readConfig } from '@ticketing/service-kit/config';
import { present } from '@ticketing/service-kit/present';
import { pino, type Logger } from 'pino';
import { z } from 'zod';

const HELP = `Asks Stripe about payments that were started, and refunds that are under way, of which nothing was heard for a while, and
settles what Stripe says. The worker does the same by itself, a few at a time.

  pnpm reconcile [--older-than <seconds>] [--limit <n>] [--json]

  --older-than <seconds>  started, and not asked about, for so long (120)
  --limit <n>             most payments, and most refunds, that are asked about (100)
  --json                  one JSON object instead of sentences

Exit status: 0 done, 1 Stripe could not be asked about some, 64 wrong usage, 78 wrong environment.
Environment: DATABASE_URL, STRIPE_SECRET_KEY, STRIPE_API_BASE, STRIPE_MAX_RPS; by default those of the running npm start.`;

const EXIT = { done: 0, failed: 1, usage: 64, config: 78 };

const Environment = z.object({ DATABASE_URL: commonVariables(0).DATABASE_URL, ...stripeVariables() });
type Environment = z.infer<typeof Environment>;

const Options = z.object({ 'older-than': z.coerce.number().min(0), limit: z.coerce.number().int().min(1) });

export interface ReconcileCommandOptions {
  env: NodeJS.ProcessEnv;
  out: (text: string) => void;
  err: (text: string) => void;
}

/** `pnpm reconcile …`; returns the exit status. */
export async function runReconcile(args: string[], { env, out, err }: ReconcileCommandOptions): Promise<number> {
  try {
    const { help, json, limit, olderThanSeconds } = readArguments(args);
    if (help) {
      out(HELP);
      return EXIT.done;
    }
    const result = await reconcileAll(readConfig(Environment, env), { limit, olderThanSeconds });
    if (json) out(JSON.stringify(result));
    else for (const line of sentences(result, limit)) out(line);
    return result.failed.length > 0 ? EXIT.failed : EXIT.done;
  } catch (error) {
    err(error instanceof Error ? error.message : String(error));
    if (error instanceof ConfigError) return EXIT.config;
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

class UsageError extends Error {}

function readArguments(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        'older-than': { type: 'string', default: '120' },
        limit: { type: 'string', default: '100' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const { limit, 'older-than': olderThanSeconds } = Options.parse(values);
    return { help: values.help, json: values.json, limit, olderThanSeconds };
  } catch (error) {
    const what = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new UsageError(`${what}\n\n${HELP}`, { cause: error });
  }
}

interface Bounds {
  limit: number;
  olderThanSeconds: number;
}

interface Result {
  asked: number;
  settled: Settled[];
  failed: Failure[];
  isLimitReached: boolean;
}

interface Failure {
  orderId: string;
  intentId: string;
  reason: string;
}

/** Claimed at a time: what is claimed when the command is interrupted is asked about by others only later. */
const PAGE = 20;

async function reconcileAll(config: Environment, { limit, olderThanSeconds }: Bounds): Promise<Result> {
  const db = openOrdersDatabase({ url: config.DATABASE_URL, poolSize: 2, applicationName: 'reconcile' });
  const stripe = createStripe({ secretKey: config.STRIPE_SECRET_KEY, apiBase: config.STRIPE_API_BASE });
  const limiter = createStripeLimiter(config.STRIPE_MAX_RPS);
  const account = stripeAccount(stripe);
  const failed: Failure[] = [];
  const log = failuresInto(failed);
  const startedAt = performance.now();
  const total: Result = { asked: 0, settled: [], failed, isLimitReached: true };
  try {
    for (let left = limit; left > 0; left -= PAGE) {
      const found = await reconcile({
        ...{ db, stripe, limiter, account, log, limit: Math.min(left, PAGE) },
        settle: async (outcome): Promise<Settled> => present((await settle(db.pool, [outcome]))[0]),
        // As of the start, so that nothing is asked about twice in one run.
        olderThanSeconds: olderThanSeconds + (performance.now() - startedAt) / 1000,
      });
      total.asked += found.asked;
      total.settled.push(...found.settled);
      if (found.asked === 0) return { ...total, isLimitReached: false };
    }
    return total;
  } finally {
    await db.close();
  }
}

/** What cannot be asked about is told to the log only. */
function failuresInto(failures: Failure[]): Logger {
  const write = (line: string) => {
    const { orderId, intentId, err } = JSON.parse(line) as { orderId: string; intentId: string; err: Error };
    failures.push({ orderId, intentId, reason: err.message });
  };
  return pino({ level: 'warn' }, { write });
}

function sentences({ asked, failed, settled, isLimitReached }: Result, limit: number): string[] {
  const open = asked - failed.length - settled.length;
  return [
    ...settled.map((one) => `${one.orderId}: ${one.kind}${detailOf(one)}`),
    ...failed.map(({ orderId, intentId, reason }) => `${orderId}: failed, ${intentId} is asked about later: ${reason}`),
    `Asked about ${asked}: ${settled.length} settled, ${open} still open at Stripe, ${failed.length} failed`,
    ...(isLimitReached ? [`The limit of ${limit} was reached: there may be more.`] : []),
  ];
}

function detailOf(settled: Settled): string {
  const detail = 'reason' in settled ? settled.reason : 'what' in settled ? settled.what : undefined;
  return detail === undefined ? '' : ` (${detail})`;
}
