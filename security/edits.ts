import fc from 'fast-check';
import { CONTROLLING, HARMLESS, LONG, UNSTORABLE } from './hostile-texts.ts';
import { withValueAt, type JsonSchema, type Path } from './input-schema.ts';

/** A change to a good request: at one of its places, something else. `place` counts round. */
export interface Edit {
  place: number;
  /** Undefined: what is there is left out. */
  value: unknown;
}

const texts = Object.values({ ...UNSTORABLE, ...CONTROLLING, ...HARMLESS, ...LONG });
const numbers = [0, -0, -1, 0.5, 1e-320, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e308, 99_999_999, 100_000_000];
const times = ['0000-01-01T00:00:00Z', '2199-12-31T23:59:59.999Z', '2027-02-29T00:00:00Z', '2027-01-01T00:00:00+14:00'];
const ids = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];

/** What no one should send, and now and then what is nearly right. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...texts, ...numbers, ...times, ...ids, undefined, null, '', {}, [], [[]], true),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.integer(),
  fc.double(),
  fc.jsonValue({ maxDepth: 3 }),
);

export const edits: fc.Arbitrary<Edit[]> = fc.array(fc.record({ place: fc.nat(), value: anything }), { maxLength: 3 });

/** Every place of a value that fits the schema, whole parts as well as single fields, and a field that there is not. */
export function places(schema: JsonSchema, path: Path = []): Path[] {
  const inside = [
    ...(schema.anyOf ?? []).flatMap((option) => places(option, path)),
    ...(schema.items ? [...places(schema.items, [...path, 0]), ...places(schema.items, [...path, 1])] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => places(property, [...path, name])),
    ...(schema.properties ? [[...path, 'unheardOf']] : []),
  ];
  return [path, ...inside];
}

/** A copy of `whole` with the edits made, one after the other. */
export function edited(whole: unknown, where: readonly Path[], made: readonly Edit[]): unknown {
  return made.reduce(
    (value, { place, value: other }) => withValueAt(value, where[place % where.length] ?? [], other),
    whole,
  );
}
