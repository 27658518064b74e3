import { userInfo } from 'node:os';
import {
  noSuchCommand,
  parseCommandLine,
  refuseOptions,
  text,
  wholeNumber,
} from '@ticketing/service-kit/command-arguments';
import { UsageError } from '@ticketing/service-kit/command-line';

export const HELP = `Shows money that cannot move without you, and carries out what you decide: refunds that failed at Stripe, at once or
days later, or that were given up, and payments whose cancellation was given up.

  npm run refunds -- list [--limit <n>] [--json]
  npm run refunds -- retry <id>… | --all                 ask Stripe again
  npm run refunds -- settle-elsewhere <id>… --note "…"   the money went back in another way, or, of a cancellation, the
                                                         payment can never succeed: Stripe is not asked again

  --note <text>  what was done instead, such as "bank transfer of May 3"
  --by <name>    who decides, kept with the note (the name of this machine's user)
  --limit <n>    most that are listed (100)
  --json         list: one array; else: one object

Every decision is kept with its time, name and note in orders.interventions.
Exit status: 0 done, 1 the database could not be asked, 2 nothing matched, 64 wrong usage, 78 wrong environment.
Environment: DATABASE_URL; by default that of the running npm start.`;

export type RefundsArguments =
  | { command: 'list'; limit: number; isJson: boolean }
  | {
      command: 'retry' | 'settle-elsewhere';
      ids: 'all' | string[];
      actor: string;
      note: string | null;
      isJson: boolean;
    };

const MAX_TEXT = 500;
const LIMITS = [1, 10_000] as const;
const DEFAULT_LIMIT = 100;

/** @throws {UsageError} which says what is wrong */
export function readArguments(args: string[]): RefundsArguments | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const isJson = values.json;
  const [command, ...ids] = positionals;
  if (command === 'list') {
    if (ids.length > 0) throw new UsageError('list takes no ids.');
    refuseOptions(command, {
      '--all': values.all,
      '--note': values.note !== undefined,
      '--by': values.by !== undefined,
    });
    const limit = values.limit === undefined ? DEFAULT_LIMIT : wholeNumber('--limit', values.limit, LIMITS);
    return { command, limit, isJson };
  }
  if (command !== 'retry' && command !== 'settle-elsewhere') {
    throw noSuchCommand(command, ['list', 'retry', 'settle-elsewhere']);
  }
  refuseOptions(command, { '--limit': values.limit !== undefined });
  const note = values.note === undefined ? undefined : text('--note', values.note, MAX_TEXT);
  const by = values.by === undefined ? undefined : text('--by', values.by, MAX_TEXT);
  const actor = by ?? userInfo().username;
  if (command === 'retry') {
    if (values.all === ids.length > 0) throw new UsageError('retry takes the ids that list shows, or --all.');
    return { command, ids: values.all ? 'all' : ids, actor, note: note ?? null, isJson };
  }
  if (ids.length === 0 || values.all) throw new UsageError('settle-elsewhere takes the ids that list shows.');
  if (note === undefined) throw new UsageError('settle-elsewhere needs a --note that says what was done instead.');
  return { command, ids, actor, note, isJson };
}

function parse(args: string[]) {
  return parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      note: { type: 'string' },
      by: { type: 'string' },
      limit: { type: 'string' },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
