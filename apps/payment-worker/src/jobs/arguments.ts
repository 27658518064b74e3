import { EFFECT_STATES, type EffectFilter, type EffectState } from '@ticketing/order-core/outbox-admin';
import { noSuchCommand, oneOf, parseCommandLine, wholeNumber } from '@ticketing/service-kit/command-arguments';
import { UsageError } from '@ticketing/service-kit/command-line';
import { validate } from 'uuid';

export type JobsArguments =
  | { command: 'list'; filter: EffectFilter; limit: number; isJson: boolean }
  | { command: 'retry'; filter: Omit<EffectFilter, 'states'>; isJson: boolean };

const STATES = [...EFFECT_STATES, 'all'] as const;
const KINDS = ['refund', 'read-refunds', 'cancel-payment', 'mail'] as const;
const LIMITS = [1, 10_000] as const;
const DEFAULT_LIMIT = 100;

/** @throws {UsageError} which says what is wrong */
export function readArguments(args: string[]): JobsArguments | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [command, ...ids] = positionals;
  if (command !== 'list' && command !== 'retry') throw noSuchCommand(command, ['list', 'retry']);
  if (command === 'list') {
    if (ids.length > 0 || values.all) throw new UsageError('list takes no ids and no --all; --state all does.');
    const narrowed = readFilter(values, ids);
    const state = oneOf('--state', values.state ?? 'parked', STATES);
    const states: EffectState[] = state === 'all' ? [...EFFECT_STATES] : [state];
    const limit = values.limit === undefined ? DEFAULT_LIMIT : wholeNumber('--limit', values.limit, LIMITS);
    return { command, filter: { ...narrowed, states }, limit, isJson: values.json };
  }
  const narrowed = readFilter(values, ids);
  const isNarrowed = Object.keys(narrowed).length > 0;
  if (values.all === isNarrowed) throw new UsageError('retry takes ids, filters, or --all: one of them.');
  if (values.state ?? values.limit) throw new UsageError('retry takes no --state or --limit: it is about parked jobs.');
  return { command, filter: narrowed, isJson: values.json };
}

function readFilter({ kind, order }: { kind?: string | undefined; order?: string | undefined }, ids: string[]) {
  if (order !== undefined && !validate(order)) {
    throw new UsageError(`--order must be the id of an order, not ${order}.`);
  }
  const wrong = ids.find((id) => !validate(id));
  if (wrong !== undefined) throw new UsageError(`${wrong} is not the id of a job, as list shows it.`);
  return {
    ...(kind !== undefined && { kind: oneOf('--kind', kind, KINDS) }),
    ...(order !== undefined && { orderId: order }),
    ...(ids.length > 0 && { ids }),
  };
}

function parse(args: string[]) {
  return parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      state: { type: 'string' },
      kind: { type: 'string' },
      order: { type: 'string' },
      limit: { type: 'string' },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
