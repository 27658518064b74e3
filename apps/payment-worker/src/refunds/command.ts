import { decideStuck, listStuck, type StuckPayment } from '@ticketing/order-core/refund-admin';
import type pg from 'pg';
import { EXIT, runOnDatabase, type CommandOptions, type Output } from '../database-command.ts';
import { json, shortened, table } from '../terminal-text.ts';
import { HELP, readArguments, type RefundsArguments } from './arguments.ts';

/** `npm run refunds -- …`; returns the exit status. */
export function runRefunds(args: string[], options: CommandOptions): Promise<number> {
  return runOnDatabase({ name: 'refunds', help: HELP, readArguments, run }, args, options);
}

function run(args: RefundsArguments, pool: pg.Pool, output: Output): Promise<number> {
  return args.command === 'list' ? list(args, pool, output) : decide(args, pool, output);
}

type Listing = Extract<RefundsArguments, { command: 'list' }>;
type Deciding = Exclude<RefundsArguments, Listing>;

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
