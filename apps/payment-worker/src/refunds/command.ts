import { decideStuck, listStuck, type StuckPayment } from '@ticketing/order-core/refund-admin';
import type { CommandOptions, Output } from '@ticketing/service-kit/command-line';
import { EXIT } from '@ticketing/service-kit/exit-status';
import type pg from 'pg';
import { runOnDatabase } from '../database-command.ts';
import { json, shortened, table } from '@ticketing/service-kit/terminal-text';
import { amountText } from '../amount-text.ts';
import { readArguments, type RefundsArguments } from './arguments.ts';
import { HELP } from './help.mjs';

/** `npm run refunds -- …`; returns the exit status. */
export function runRefunds(args: string[], options: CommandOptions): Promise<number> {
  const command = { name: 'npm run refunds --', applicationName: 'refunds', help: HELP, readArguments, run };
  return runOnDatabase(command, args, options);
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

/** What waits for a person, page by page, each once: what fails again meanwhile is not retried again. */
async function* stuckIds(pool: pg.Pool): AsyncGenerator<string> {
  const seen = new Set<string>();
  for (;;) {
    const fresh = (await listStuck(pool, seen.size + PAGE)).filter(({ id }) => !seen.has(id));
    if (fresh.length === 0) return;
    for (const { id } of fresh) {
      seen.add(id);
      yield id;
    }
  }
}

async function decide(args: Deciding, pool: pg.Pool, { out, err }: Output): Promise<number> {
  const { command: action, actor, note, isJson } = args;
  const done: string[] = [];
  let asked = 0;
  for await (const id of args.ids === 'all' ? stuckIds(pool) : args.ids) {
    asked++;
    const decided = await decideStuck(pool, { action, id, actor, note });
    if (decided.kind === 'not-stuck') {
      err(`There is no refund or cancellation ${id} that waits for you.`);
      continue;
    }
    done.push(id);
    if (!isJson) out(`${id} of order ${decided.orderId} ${SAID[action][decided.subject]}`);
  }
  if (isJson) out(json({ [action]: done }));
  else if (asked === 0) err('No refund and no cancellation waits for you.');
  else if (done.length > 0) err('See what becomes of it: npm run refunds -- list');
  return done.length === asked && asked > 0 ? EXIT.done : EXIT.nothingMatched;
}

const SAID = {
  retry: { refund: 'is asked for again', 'cancel-payment': 'is cancelled again' },
  'settle-elsewhere': { refund: 'is settled elsewhere', 'cancel-payment': 'can never be paid: its hold ends' },
};

const COLUMNS = ['ID', 'WHAT', 'ORDER', 'AMOUNT', 'REASON', 'STATE', 'SINCE', 'LAST ERROR'];

function stuckTable(stuck: StuckPayment[]): string {
  return table(
    COLUMNS,
    stuck.map(({ id, kind, orderId, amountMinor, currency, reason, state, since, lastError }) => [
      id,
      kind === 'refund' ? 'refund' : 'cancellation',
      orderId,
      amountText(amountMinor, currency),
      reason ?? '-',
      state,
      since.toISOString(),
      shortened(lastError ?? '-'),
    ]),
  );
}
