import { EFFECT_STATES, type EffectFilter, type EffectState } from '@ticketing/order-core/outbox-admin';
import { z } from 'zod';
import { noSuchCommand, parseCommandLine, UsageError } from '../command-line.ts';
import { HELP } from './help.mjs';

export type JobsArguments =
  | { command: 'list'; filter: EffectFilter; limit: number; isJson: boolean }
  | { command: 'retry'; filter: Omit<EffectFilter, 'states'>; isJson: boolean };

const Values = z.object({
  state: z.enum([...EFFECT_STATES, 'all'], 'must be parked, waiting, done or all').default('parked'),
  kind: z
    .enum(['refund', 'read-refunds', 'cancel-payment', 'mail'], 'must be refund, read-refunds, cancel-payment or mail')
    .optional(),
  order: z.uuid('must be the id of an order').optional(),
  limit: z.coerce.number('must be a number').int().min(1).max(10_000).default(100),
  ids: z.array(z.uuid('must be the id of a job, as listed')),
});

/** @throws {UsageError} which says what is wrong */
export function readArguments(args: string[]): JobsArguments | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [command, ...ids] = positionals;
  const read = Values.safeParse({ ...values, ids });
  if (!read.success) throw new UsageError(z.prettifyError(read.error));
  const { state, kind, order: orderId, limit } = read.data;
  const narrowed = { ...(kind && { kind }), ...(orderId && { orderId }), ...(ids.length > 0 && { ids }) };
  if (command === 'list') {
    if (ids.length > 0 || values.all) throw new UsageError('list takes no ids and no --all; --state all does.');
    const states: EffectState[] = state === 'all' ? [...EFFECT_STATES] : [state];
    return { command, filter: { ...narrowed, states }, limit, isJson: values.json };
  }
  if (command === 'retry') {
    const isNarrowed = Object.keys(narrowed).length > 0;
    if (values.all === isNarrowed) throw new UsageError('retry takes ids, filters, or --all: one of them.');
    if (values.state ?? values.limit)
      throw new UsageError('retry takes no --state or --limit: it is about parked jobs.');
    return { command, filter: narrowed, isJson: values.json };
  }
  throw noSuchCommand(command, HELP);
}

function parse(args: string[]) {
  return parseCommandLine(
    {
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
    },
    HELP,
  );
}
