import { parseCommandLine, wholeNumber } from '@ticketing/service-kit/command-arguments';
import { UsageError } from '@ticketing/service-kit/command-line';
import { readTime } from '../time-argument.ts';

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
