import { z } from 'zod';

/** What values are made of: JSON, or text only, as queries, headers and the environment are. */
export type Source = 'json' | 'text';

/**
 * Words for an issue that the schema brings none for, to be read after the value's name: what was expected, and what came.
 * It is given to zod's `safeParse` as `error`; `check` in fault.ts does so, and knows what is missing.
 */
export function issueWords(issue: z.core.$ZodRawIssue, source: Source): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.schema instanceof z.ZodNumber
        ? numberWords(issue.schema, issue.input, source)
        : `must be ${expectedName(issue.expected)}${butCame(issue.input, source)}`;
    case 'too_small':
    case 'too_big':
      return issue.schema instanceof z.ZodNumber ? numberWords(issue.schema, issue.input, source) : sizeWords(issue);
    case 'invalid_value':
      return `must be ${choice(issue.values)}${isOfOtherType(issue.input, issue.values) ? butCame(issue.input, source) : ''}`;
    case 'invalid_format':
      return formatWords(issue);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return unionWords(issue, source);
    case 'unrecognized_keys':
      return `must not have ${issue.keys.map((key) => `"${shortened(key)}"`).join(', ')}`;
    case 'invalid_key':
    case 'invalid_element':
      return `has ${issue.code === 'invalid_key' ? 'a name' : 'an entry'} that ${issue.issues[0]?.message ?? 'is not valid'}`;
    case 'custom':
      return 'is not valid';
  }
}

/** Type and range in one, since whoever is told the one will next want to know the other. */
function numberWords(schema: z.ZodNumber, input: unknown, source: Source): string {
  const whole = source === 'json' ? 'an integer' : 'a whole number';
  const kind = schema.format?.includes('int') ? whole : 'a number';
  if (source === 'json' && typeof input !== 'number') return `must be ${kind}${butCame(input, source)}`;
  const came = source === 'json' && Number.isFinite(input) ? `, not ${String(input)}` : '';
  return `must be ${kind}${range(schema, input)}${came}`;
}

/** Every integer has the bounds of what a double can say; they are news only to whoever went beyond. */
function range(schema: z.ZodNumber, input: unknown): string {
  const isBeyond = typeof input === 'number' && Number.isFinite(input) && Math.abs(input) > Number.MAX_SAFE_INTEGER;
  const isNews = (value: number | null): value is number =>
    value !== null && Number.isFinite(value) && (isBeyond || Math.abs(value) < Number.MAX_SAFE_INTEGER);
  const [min, max] = [schema.minValue, schema.maxValue].map((value) => (isNews(value) ? value : undefined));
  const [above, below] = [isExclusive(schema, min), isExclusive(schema, max)];
  if (min !== undefined && max !== undefined && !above && !below) return ` between ${min} and ${max}`;
  const bounds = [
    ...(min === undefined ? [] : [above ? `more than ${min}` : `at least ${min}`]),
    ...(max === undefined ? [] : [below ? `less than ${max}` : `at most ${max}`]),
  ];
  return bounds.length === 0 ? '' : ` of ${bounds.join(' and ')}`;
}

function isExclusive({ def }: z.ZodNumber, bound: number | undefined): boolean {
  return (def.checks ?? []).some(({ _zod: check }) => {
    const { value, inclusive } = check.def as { value?: unknown; inclusive?: boolean };
    return bound !== undefined && value === bound && inclusive === false;
  });
}

type SizeIssue = Extract<z.core.$ZodRawIssue, { code: 'too_small' | 'too_big' }>;

function sizeWords(issue: SizeIssue): string {
  const isSmall = issue.code === 'too_small';
  const limit = isSmall ? issue.minimum : issue.maximum;
  const how = issue.exact ? 'exactly' : isSmall ? 'at least' : 'at most';
  const unit = UNITS[issue.origin];
  if (unit === undefined) return `must be ${how} ${String(limit)}`;
  if (isSmall && !issue.exact && Number(limit) === 1) {
    return issue.origin === 'string' ? 'must not be empty' : `must have at least 1 ${unit}`;
  }
  return `must have ${how} ${String(limit)} ${unit}${Number(limit) === 1 ? '' : 's'}`;
}

const UNITS: Partial<Record<string, string>> = {
  string: 'character',
  array: 'item',
  set: 'item',
  map: 'entry',
  file: 'byte',
};

/** A name that a client made up may be as long as a body. */
export function shortened(name: string): string {
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name;
}

const MAX_NAME_LENGTH = 100;

type FormatIssue = Extract<z.core.$ZodRawIssue, { code: 'invalid_format' }>;

function formatWords(issue: FormatIssue): string {
  if (issue.format === 'starts_with') return `must start with "${String(issue.prefix)}"`;
  if (issue.format === 'ends_with') return `must end with "${String(issue.suffix)}"`;
  if (issue.format === 'includes') return `must contain "${String(issue.includes)}"`;
  const name = FORMATS[issue.format];
  return name === undefined ? 'has characters, or a form, that it must not have' : `must be ${name}`;
}

const FORMATS: Partial<Record<string, string>> = {
  email: 'an e-mail address, like ada@example.com',
  url: 'a URL, like https://example.com',
  uuid: 'a UUID, like 019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10',
  guid: 'a UUID, like 019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10',
  datetime: 'an RFC 3339 time, like 2027-06-12T18:00:00Z',
  date: 'a date, like 2027-06-12',
  time: 'a time, like 18:00:00',
  duration: 'an ISO 8601 duration, like PT15M',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  cidrv4: 'a range of IPv4 addresses, like 10.0.0.0/8',
  cidrv6: 'a range of IPv6 addresses, like fd00::/8',
  base64: 'base64',
  base64url: 'base64url',
  e164: 'a phone number, like +4312345678',
  json_string: 'JSON',
  jwt: 'a JSON Web Token',
};

type UnionIssue = Extract<z.core.$ZodRawIssue, { code: 'invalid_union' }>;

function unionWords(issue: UnionIssue, source: Source): string {
  // zod's `options` are those of a discriminated union.
  if ('options' in issue && Array.isArray(issue.options)) return `must be ${choice(issue.options)}`;
  const branches: readonly z.core.$ZodIssue[][] = issue.errors;
  const expected = branches.map(([first, ...more]) =>
    first?.code === 'invalid_type' && first.path.length === 0 && more.length === 0
      ? expectedName(first.expected)
      : undefined,
  );
  if (expected.length > 0 && expected.every((name) => name !== undefined)) {
    return `must be ${either([...new Set(expected)])}${butCame(issue.input, source)}`;
  }
  // The branch that the value was meant for is the one whose type it has.
  const meant = branches.find(([first]) => first && !(first.code === 'invalid_type' && first.path.length === 0));
  return meant?.[0]?.message ?? 'is not valid';
}

function isOfOtherType(value: unknown, values: readonly unknown[]): boolean {
  return !values.some((each) => typeof each === typeof value);
}

function choice(values: readonly unknown[]): string {
  return either(values.map((value) => (typeof value === 'string' ? `"${value}"` : String(value))));
}

function either(names: string[]): string {
  return names.length < 3 ? names.join(' or ') : `${names.slice(0, -1).join(', ')}, or ${names.at(-1) ?? ''}`;
}

function expectedName(type: string): string {
  return EXPECTED[type] ?? `of type ${type}`;
}

const EXPECTED: Partial<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  bigint: 'an integer',
  boolean: 'true or false',
  array: 'an array',
  tuple: 'an array',
  object: 'an object',
  record: 'an object',
  date: 'a date',
  null: 'null',
  undefined: 'left out',
  never: 'left out',
  nonoptional: 'given',
};

/** Of text nobody needs to be told that it is text. */
function butCame(value: unknown, source: Source): string {
  const name = source === 'text' ? undefined : cameName(value);
  return name === undefined ? '' : `, not ${name}`;
}

function cameName(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
