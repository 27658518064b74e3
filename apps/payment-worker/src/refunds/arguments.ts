import { userInfo } from 'node:os';
import { z } from 'zod';
import { noSuchCommand, parseCommandLine, UsageError } from '../command-line.ts';
import { HELP } from './help.mjs';

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
const Values = z.object({
  limit: z.coerce
    .number('--limit must be a number')
    .int('--limit must be a whole number')
    .min(1)
    .max(10_000)
    .default(100),
  note: z.string().trim().min(1, '--note must not be empty').max(MAX_TEXT).optional(),
  by: z.string().trim().min(1, '--by must not be empty').max(MAX_TEXT).optional(),
});

/** @throws {UsageError} which says what is wrong */
export function readArguments(args: string[]): RefundsArguments | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const read = Values.safeParse(values);
  if (!read.success) throw new UsageError(read.error.issues.map(({ message }) => message).join('\n'));
  const { limit, note, by } = read.data;
  const isJson = values.json;
  const [command, ...ids] = positionals;
  if (command === 'list') {
    if (ids.length > 0) throw new UsageError('list takes no ids.');
    return { command, limit, isJson };
  }
  const actor = by ?? userInfo().username;
  if (command === 'retry') {
    if (values.all === ids.length > 0) throw new UsageError('retry takes the ids that list shows, or --all.');
    return { command, ids: values.all ? 'all' : ids, actor, note: note ?? null, isJson };
  }
  if (command === 'settle-elsewhere') {
    if (ids.length === 0 || values.all) throw new UsageError('settle-elsewhere takes the ids that list shows.');
    if (note === undefined) throw new UsageError('settle-elsewhere needs a --note that says what was done instead.');
    return { command, ids, actor, note, isJson };
  }
  throw noSuchCommand(command, HELP);
}

function parse(args: string[]) {
  return parseCommandLine(
    {
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
    },
    HELP,
  );
}
