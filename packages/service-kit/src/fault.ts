import type { z } from 'zod';
import { issueWords, shortened, type Source } from './issue-words.ts';

/** A wrong value: where it is, and what would be right, to be read after its name: "price" "must be an integer". */
export interface Fault {
  /** `lines.0.quantity`; empty: the value as a whole. */
  path: string;
  message: string;
}

export type Checked<Value> = { kind: 'valid'; value: Value } | { kind: 'invalid'; faults: [Fault, ...Fault[]] };

/**
 * Reads a value with a schema. What is wrong with it is said in words of ours, for every kind of issue that zod has: what
 * was expected and what came, and "is required" of what is missing only. Words that a schema's own checks bring along stay.
 * No value is quoted but numbers of JSON, so that no secret is.
 */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  source: Source,
): Checked<z.infer<Schema>> {
  const result = schema.safeParse(input, { error: (issue) => issueWords(issue, source) });
  if (result.success) return { kind: 'valid', value: result.data };
  const faults = withoutConsequences(result.error.issues).flatMap((issue) => faultsOf(issue, input, source));
  const distinct = new Map(faults.map((fault) => [JSON.stringify(fault), fault]));
  return { kind: 'invalid', faults: [...distinct.values()] as [Fault, ...Fault[]] };
}

/** A sentence is still read. */
const MAX_TOLD = 3;

/** The first faults as a sentence, and how many more there are. `whole` names the value itself. */
export function sentence(faults: readonly Fault[], whole: string): string {
  const told = faults.slice(0, MAX_TOLD).map(({ path, message }) => `${path === '' ? whole : path} ${message}`);
  const more = faults.length - told.length;
  return `${[...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')}.`;
}

/** Zod also measures what is of the wrong type: an array in a text's place would be told that it must not be empty. */
function withoutConsequences(issues: z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const placeOf = ({ path }: z.core.$ZodIssue) => JSON.stringify(path.map(String));
  const mistyped = new Set(issues.filter(({ code }) => code === 'invalid_type').map(placeOf));
  return issues.filter((issue) => issue.code === 'invalid_type' || !mistyped.has(placeOf(issue)));
}

function faultsOf(issue: z.core.$ZodIssue, input: unknown, source: Source): Fault[] {
  const path = issue.path.map((name) => shortened(String(name)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, shortened(key)].join('.'), message: 'is not a known field' }));
  }
  const given = valueAt(input, issue.path);
  // Coercion turns what is missing into NaN, and lists into whatever they look like: only the input tells.
  if (given === undefined && issue.code !== 'custom') return [{ path: path.join('.'), message: 'is required' }];
  const isTwice = source === 'text' && Array.isArray(given) && !isAboutList(issue);
  return [{ path: path.join('.'), message: isTwice ? 'must be given once' : issue.message }];
}

function isAboutList(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'custom' || ('origin' in issue && issue.origin === 'array');
}

function valueAt(whole: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((at, name) => {
    const isThere = typeof at === 'object' && at !== null && Object.hasOwn(at, name);
    return isThere ? (at as Record<PropertyKey, unknown>)[name] : undefined;
  }, whole);
}
