import { userInfo } from 'node:os';
import {
  noSuchCommand,
  parseCommandLine,
  refuseOptions,
  text,
  wholeNumber,
} from '@ticketing/service-kit/command-arguments';
import { UsageError } from '@ticketing/service-kit/command-line';

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
