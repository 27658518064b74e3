import { badParameter, missing } from '../api-error.ts';
import { integer, text, type Parameters } from './parameters.ts';

/** What every list takes (https://docs.stripe.com/api/pagination). */
export const listParameters = ['limit', 'starting_after', 'ending_before', 'created', 'expand'] as const;

interface Listed {
  id: string;
  created: number;
}

export interface Listing<Item> {
  object: 'list';
  data: Item[];
  has_more: boolean;
  url: string;
}

/**
 * A page, newest first; those of one second in the order in which they were made.
 *
 * @throws 400 resource_missing for a cursor that does not exist
 */
export function list<Item extends Listed>(
  url: string,
  what: string,
  oldestFirst: Item[],
  parameters: Parameters,
  isWanted: (item: Item) => boolean = () => true,
): Listing<Item> {
  const limit = integer(parameters, 'limit', 1, 100) ?? 10;
  const after = text(parameters, 'starting_after');
  const before = text(parameters, 'ending_before');
  if (after !== undefined && before !== undefined) {
    const message = 'You may only specify one of these parameters: starting_after, ending_before.';
    throw badParameter('parameters_exclusive', 'ending_before', message);
  }
  const isInTime = createdFilter(parameters);
  const positionOf = (id: string, parameter: string) => {
    const position = oldestFirst.findIndex((item) => item.id === id);
    if (position < 0) throw missing(what, id, parameter, 400);
    return position;
  };
  const step = before === undefined ? -1 : 1;
  let position = oldestFirst.length - 1;
  if (after !== undefined) position = positionOf(after, 'starting_after') - 1;
  if (before !== undefined) position = positionOf(before, 'ending_before') + 1;
  const found: Item[] = [];
  for (; found.length <= limit && position >= 0 && position < oldestFirst.length; position += step) {
    const item = oldestFirst[position];
    if (item && isInTime(item.created) && isWanted(item)) found.push(item);
  }
  const data = found.slice(0, limit);
  return { object: 'list', data: step === 1 ? data.reverse() : data, has_more: found.length > limit, url };
}

const comparisons = {
  gt: (created: number, bound: number) => created > bound,
  gte: (created: number, bound: number) => created >= bound,
  lt: (created: number, bound: number) => created < bound,
  lte: (created: number, bound: number) => created <= bound,
};

/** `created` is a time, or bounds of it: `created[gte]=1700000000`. */
function createdFilter(parameters: Parameters): (created: number) => boolean {
  const given = parameters.created;
  if (typeof given !== 'object') {
    const at = integer(parameters, 'created', 0, Number.MAX_SAFE_INTEGER);
    return (created) => at === undefined || created === at;
  }
  const bounds = Object.keys(given).map((name) => {
    if (!Object.hasOwn(comparisons, name)) {
      throw badParameter('parameter_unknown', `created[${name}]`, `Received unknown parameter: created[${name}]`);
    }
    const bound = integer(given, name, 0, Number.MAX_SAFE_INTEGER);
    const compare = comparisons[name as keyof typeof comparisons];
    return (created: number) => bound === undefined || compare(created, bound);
  });
  return (created) => bounds.every((holds) => holds(created));
}
