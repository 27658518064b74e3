import { decideStuck, listStuck, type StuckPayment } from '@ticketing/order-core/refund-admin';
import { commonVariables, ConfigError, readConfig } from '@ticketing/service-kit/config';
import { openPool } from '@ticketing/service-kit/postgres';
import type pg from 'pg';
import { z } from 'zod';
import { json, messageOf, shortened, table } from '../terminal-text.ts';
import { HELP, readArguments, UsageError, type RefundsArguments } from './arguments.ts';

export interface RefundsOptions {
  env: NodeJS.ProcessEnv;
  out: (text: string) => void;
  err: (text: string) => void;
}

const EXIT = { done: 0, failed: 1, nothingMatched: 2, usage: 64, config: 78 };

const Environment = z.object({ DATABASE_URL: commonVariables(0).DATABASE_URL });

/** `npm run refunds -- …`; returns the exit status. */
export async function runRefunds(args: string[], { env, out, err }: RefundsOptions): Promise<number> {
  try {
    const parsed = readArguments(args);
    if (parsed === 'help') {
      out(HELP);
      return EXIT.done;
    }
    const { DATABASE_URL: url } = readConfig(Environment, env);
    const pool = openPool({ url, schema: 'orders', size: 1, applicationName: 'refunds' });
    try {
      return parsed.command === 'list'
        ? await list(parsed, pool, { out, err })
        : await decide(parsed, pool, { out, err });
    } finally {
      await pool.end();
    }
  } catch (error) {
    err(messageOf(error));
    if (error instanceof UsageError) return EXIT.usage;
    return error instanceof ConfigError ? EXIT.config : EXIT.failed;
  }
}

type Listing = Extract<RefundsArguments, { command: 'list' }>;
type Deciding = Exclude<RefundsArguments, Listing>;
type Output = Omit<RefundsOptions, 'env'>;

async function list({ limit, isJson }: Listing, pool: pg.Pool, { out, err }: Output): Promise<number> {
  const stuck = await listStuck(pool, limit + 1);
  const shown = stuck.slice(0, limit);
  if (isJson) out(json(shown));
  else if (shown.length > 0) out(stuckTable(shown));
  if (shown.length === 0) {
    err('No refund and no cancellation waits for you.');
    return EXIT.nothingMatched;
  }
  if (stuck.length > shown.length) err('There are more: see --limit.');
  if (!isJson) err('Next: npm run refunds -- retry <id>, or npm run refunds -- settle-elsewhere <id> --note "…"');
  return EXIT.done;
}

/** At a time, when all are to be retried. */
const PAGE = 1_000;

async function decide(args: Deciding, pool: pg.Pool, { out, err }: Output): Promise<number> {
  const { command: action, actor, note, isJson } = args;
  const ids = args.ids === 'all' ? (await listStuck(pool, PAGE)).map(({ id }) => id) : args.ids;
  const done: string[] = [];
  for (const id of ids) {
    const decided = await decideStuck(pool, { action, id, actor, note });
    if (decided.kind === 'not-stuck') {
      err(`There is no refund or cancellation ${id} that waits for you.`);
      continue;
    }
    done.push(id);
    if (!isJson) out(`${id} of order ${decided.orderId} ${SAID[action][decided.subject]}`);
  }
  if (isJson) out(json({ [action]: done }));
  else if (ids.length === 0) err('No refund and no cancellation waits for you.');
  else if (done.length > 0) err('See what becomes of it: npm run refunds -- list');
  return done.length === ids.length && done.length > 0 ? EXIT.done : EXIT.nothingMatched;
}

const SAID = {
  retry: { refund: 'is asked for again', 'cancel-payment': 'is cancelled again' },
  'settle-elsewhere': { refund: 'is settled elsewhere', 'cancel-payment': 'can never be paid: its hold ends' },
};

const COLUMNS = ['ID', 'WHAT', 'ORDER', 'AMOUNT', 'REASON', 'STATE', 'SINCE', 'LAST ERROR'];

function stuckTable(stuck: StuckPayment[]): string {
  return table(
    COLUMNS,
    stuck.map(({ id, kind, orderId, amount, currency, reason, state, since, lastError }) => [
      id,
      kind === 'refund' ? 'refund' : 'cancellation',
      orderId,
      `${amount} ${currency}`,
      reason ?? '-',
      state,
      since.toISOString(),
      shortened(lastError ?? '-'),
    ]),
  );
}
