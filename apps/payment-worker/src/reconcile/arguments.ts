import { z } from 'zod';
import { parseCommandLine, UsageError } from '../command-line.ts';
import { readTime } from '../time-argument.ts';
import { HELP } from './help.mjs';

export interface ReconcileArguments {
  since: Date | undefined;
  olderThanSeconds: number;
  limit: number;
  isJson: boolean;
}

const Options = z.object({ 'older-than': z.coerce.number().min(0), limit: z.coerce.number().int().min(1) });

/** @throws {UsageError} which says what is wrong */
export function readArguments(args: string[], now = new Date()): ReconcileArguments | 'help' {
  const { values } = parseCommandLine(
    {
      args,
      options: {
        since: { type: 'string' },
        'older-than': { type: 'string', default: '120' },
        limit: { type: 'string', default: '100' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    },
    HELP,
  );
  if (values.help) return 'help';
  const read = Options.safeParse(values);
  if (!read.success) throw new UsageError(`${z.prettifyError(read.error)}\n\n${HELP}`);
  const { limit, 'older-than': olderThanSeconds } = read.data;
  return { limit, olderThanSeconds, isJson: values.json, since: readSince(values.since, now) };
}

function readSince(given: string | undefined, now: Date): Date | undefined {
  if (given === undefined) return undefined;
  const since = readTime(given, now);
  if (!since) throw new UsageError('--since must be a time, like 2026-11-22T10:00:00Z, or how long ago, like 36h.');
  if (since > now) throw new UsageError('--since must be in the past.');
  return since;
}
