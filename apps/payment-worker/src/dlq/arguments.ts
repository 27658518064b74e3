import { userInfo } from 'node:os';
import { outcomeTypeOf, topicOf } from '@ticketing/kafka/topics';
import { noSuchCommand, parseCommandLine, refuseOptions, text } from '@ticketing/service-kit/command-arguments';
import { UsageError } from '@ticketing/service-kit/command-line';
import { readTime } from '../time-argument.ts';
import { REFUNDABLE, type RefundDecision } from './refund.ts';
import type { Selection } from './select.ts';

const COMMANDS = ['list', 'show', 'replay', 'discard', 'refund'] as const;

export interface DlqArguments {
  command: (typeof COMMANDS)[number];
  selection: Selection;
  /** Of refunds only. */
  decision?: RefundDecision;
  withHandled: boolean;
  isDryRun: boolean;
  isJson: boolean;
}

/** @throws {UsageError} which says what is wrong */
export function readArguments(args: string[], topicPrefix: string, now = new Date()): DlqArguments | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [given, ...ids] = positionals;
  const command = COMMANDS.find((each) => each === given);
  if (command === undefined) throw noSuchCommand(given, COMMANDS);
  const { all, topic, code, order } = values;
  const selection: Selection = {
    ...(ids.length > 0 && { ids }),
    ...(topic !== undefined && { topic: readTopicName(topic, topicPrefix) }),
    ...(code !== undefined && { code: code.toUpperCase() }),
    ...(order !== undefined && { orderId: order }),
    ...(values.since !== undefined && { since: timeOf('--since', values.since, now) }),
    ...(values.until !== undefined && { until: timeOf('--until', values.until, now) }),
  };
  const common = { selection, withHandled: values.handled, isDryRun: values['dry-run'], isJson: values.json };
  if (command !== 'refund') {
    refuseOptions(command, { '--note': values.note !== undefined, '--by': values.by !== undefined });
  }
  const isNarrowed = Object.keys(selection).length > 0;
  switch (command) {
    case 'list':
      if (ids.length > 0) throw new UsageError('list takes no ids; show does.');
      refuseOptions(command, { '--all': all, '--dry-run': common.isDryRun });
      return { command, ...common };
    case 'show':
      if (ids.length === 0) throw new UsageError('show needs the id of a dead letter.');
      refuseOptions(command, { '--all': all, '--dry-run': common.isDryRun, '--handled': common.withHandled });
      return { command, ...common };
    case 'replay':
    case 'discard':
      if (!all && !isNarrowed) throw new UsageError(`${command} needs ids, a filter, or --all.`);
      if (all && isNarrowed) throw new UsageError(`--all means all: ${command} takes no ids or filters with it.`);
      refuseOptions(command, { '--handled': common.withHandled });
      return { command, ...common };
    case 'refund':
      // Money that went back does not return: which it is has to be said.
      if (!isNarrowed) throw new UsageError('refund needs ids, or a filter such as --code UNKNOWN_ORDER.');
      refuseOptions(command, { '--all': all, '--handled': common.withHandled });
      if (selection.code !== undefined && !REFUNDABLE.includes(selection.code)) {
        throw new UsageError(`refund is for payments with the code ${REFUNDABLE.join(' or ')}.`);
      }
      return { command, ...common, decision: readDecision(values) };
  }
}

const MAX_TEXT = 500;

function readDecision({ by, note }: { by?: string | undefined; note?: string | undefined }): RefundDecision {
  return {
    actor: by === undefined ? userInfo().username : text('--by', by, MAX_TEXT),
    note: note === undefined ? null : text('--note', note, MAX_TEXT),
  };
}

function parse(args: string[]) {
  return parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      topic: { type: 'string' },
      code: { type: 'string' },
      order: { type: 'string' },
      since: { type: 'string' },
      until: { type: 'string' },
      all: { type: 'boolean', default: false },
      handled: { type: 'boolean', default: false },
      note: { type: 'string' },
      by: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}

function readTopicName(given: string, topicPrefix: string): string {
  const type = outcomeTypeOf(given) ?? outcomeTypeOf(given, topicPrefix);
  if (!type) throw new UsageError(`There is no topic ${given}.`);
  return topicOf(type, topicPrefix);
}

function timeOf(option: string, given: string, now: Date): Date {
  const time = readTime(given, now);
  if (time) return time;
  throw new UsageError(`${option} must be a time, like 2026-11-22T10:00:00Z, or how long ago, like 2h.`);
}
