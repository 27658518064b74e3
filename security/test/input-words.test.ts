import type { Operation } from '@ticketing/types/operation';
import { parseInput, type RequestParts } from '@ticketing/service-kit/http-input';
import { ProblemError } from '@ticketing/service-kit/problem';
import type { Fault } from '@ticketing/service-kit/fault';
import { describe, expect, test } from 'vitest';
import { inputSchema, sampleOf, withValueAt, type JsonSchema, type Path } from '../input-schema.ts';
import { everyOperation } from '../operations.ts';

interface Field {
  path: Path;
  schema: JsonSchema;
  isNullable: boolean;
  isRequired: boolean;
}

const operations = await everyOperation();
const bodies = operations.flatMap((operation) =>
  operation.body ? [{ id: operation.id, operation, schema: inputSchema(operation.body) }] : [],
);
const bodyFields = bodies.flatMap(({ id, operation, schema }) =>
  fieldsOf(schema).map((field) => ({
    ...field,
    operation,
    body: sampleOf(schema),
    name: `${id}, ${field.path.join('.')}`,
  })),
);
const textFields = operations.flatMap((operation) =>
  (['query', 'headers'] as const).flatMap((part) => {
    const schema = operation[part] && inputSchema(operation[part]);
    return fieldsOf(schema ?? {}).map((field) => ({
      ...field,
      operation,
      part,
      name: `${operation.id}, ${field.path.join('.')}`,
    }));
  }),
);

/** Zod's own words, and JavaScript's. */
const RAW =
  /invalid|received|expected|too (?:small|big)|unrecognized|option|pattern|regex|undefined|\bNaN|Infinity|[<>]=?\d/i;

test('there are fields of every type to be wrong about', () => {
  const types = new Set(bodyFields.map(({ schema }) => (schema.enum ? 'choice' : schema.type)));
  expect([...types].sort()).toEqual(['array', 'boolean', 'choice', 'integer', 'object', 'string']);
  expect(textFields.map(({ name }) => name)).toContain('listEvents, limit');
});

describe.each(bodyFields)('of $name', (field) => {
  const { operation, body, path, schema } = field;
  const at = path.join('.');
  const faultsWith = (value: unknown) => faults(operation, { body: withValueAt(body, path, value) });
  const messageFor = (value: unknown) => only(faultsWith(value), at);

  test('a value of another type is told the type that is right, and its own', () => {
    for (const [name, value] of Object.entries(VALUES)) {
      if (name === nameOfType(schema) || (name === 'null' && field.isNullable)) continue;
      expect([name, messageFor(value)]).toEqual([name, `must be ${expected(schema)}, not ${name}`]);
    }
  });

  test('what is missing is required, or may be missing, and nothing else is required', () => {
    const found = faultsWith(undefined);
    if (field.isRequired) expect(found).toEqual([{ path: at, message: 'is required' }]);
    else expect(found.filter((fault) => fault.path === at)).toEqual([]);
  });

  test('a value out of range is told the range', () => {
    for (const [value, message] of outOfRange(schema)) {
      expect([value, messageFor(value)]).toEqual([value, expect.stringMatching(message)]);
    }
  });
});

describe.each(textFields)('of $name', ({ operation, part, path, schema, isRequired }) => {
  const at = path.join('.');
  const messageFor = (value: unknown) => only(faults(operation, { [part]: { [at]: value } }), at);

  test('text that says something else is told what is right', () => {
    for (const [value, message] of wrongText(schema)) {
      expect([value, messageFor(value)]).toEqual([value, expect.stringMatching(message)]);
    }
    if (part === 'query') expect(messageFor(['1', '2'])).toBe('must be given once');
    const missing = faults(operation, {}).filter((fault) => fault.path === at);
    expect(missing).toEqual(isRequired ? [{ path: at, message: 'is required' }] : []);
  });
});

describe.each(bodies)('a whole body of $id', ({ operation, schema }) => {
  test('that is no object is told so', () => {
    const words = { 'an array': [], 'a string': 'text', 'a number': 7, 'a boolean': true, null: null };
    for (const [name, body] of Object.entries(words)) {
      expect(refusal(operation, { body }).message).toBe(`The body must be an object, not ${name}.`);
    }
    if (!operation.isBodyOptional) {
      expect(refusal(operation, { body: undefined }).message).toBe('The body is required: send a JSON object.');
    }
  });

  test('names each field that it does not know, whatever it is called', () => {
    const body = sampleOf(schema) as object;
    for (const name of ['unheard', 'constructor', '', '<b>', 'a.b']) {
      const { message, options } = refusal(operation, { body: { ...body, [name]: 1 } });
      expect(options.errors).toEqual([{ path: name, message: 'is not a known field' }]);
      expect(message).toBe(`${nameOf(name)} is not a known field.`);
    }
    const long = refusal(operation, { body: { ...body, ['x'.repeat(50_000)]: 1 } });
    expect(long.message.length).toBeLessThan(200);
  });
});

test('several faults are told together, and many are counted', () => {
  const createEvent = operations.find(({ id }) => id === 'createEvent');
  if (!createEvent) throw new Error('There is no createEvent');
  expect(refusal(createEvent, { body: { title: 'A', startsAt: 5, price: 1 } }).message).toBe(
    'venue is required; startsAt must be a string, not a number; endsAt is required; and 3 more.',
  );
});

const VALUES: Record<string, unknown> = {
  'a string': '12.50',
  'a number': 12,
  'a boolean': true,
  null: null,
  'an array': [],
  'an object': {},
};

function nameOfType({ type }: JsonSchema): string {
  if (type === 'integer') return 'a number';
  return type === 'array' || type === 'object' ? `an ${type}` : `a ${type ?? ''}`;
}

function expected({ type, enum: choices }: JsonSchema): string {
  if (choices) return listed(choices);
  if (type === 'boolean') return 'true or false';
  return type === 'integer' || type === 'array' || type === 'object' ? `an ${type}` : `a ${type ?? ''}`;
}

function outOfRange(schema: JsonSchema): [value: unknown, message: RegExp][] {
  const { type, minimum = 0, maximum = 0, minLength = 0, maxLength = 0, minItems = 0, maxItems = 0, format } = schema;
  if (schema.enum) return [['no such choice', exactly(`must be ${listed(schema.enum)}`)]];
  if (type === 'integer') {
    return [minimum - 1, maximum + 1, minimum + 0.5, 2 ** 60, -(2 ** 60)].map((value) => [
      value,
      exactly(`must be an integer between ${minimum} and ${maximum}, not ${value}`),
    ]);
  }
  if (type === 'array') {
    const item = schema.items ? sampleOf(schema.items) : undefined;
    return [
      [Array<unknown>(minItems - 1).fill(item), exactly(`must have at least ${minItems} item`)],
      [Array<unknown>(maxItems + 1).fill(item), exactly(`must have at most ${maxItems} items`)],
    ];
  }
  return [
    ...(minLength > 0
      ? [['x'.repeat(minLength - 1), minLength === 1 ? /^must not be empty$/ : digits(minLength)] as const]
      : []),
    ...(maxLength > 0 ? [['x'.repeat(maxLength + 1), digits(maxLength)] as const] : []),
    ...(format === undefined ? [] : [['no such thing', FORMATS[format] ?? /^$/] as const]),
  ].map(([value, message]) => [value, message]);
}

function wrongText(schema: JsonSchema): [value: string, message: RegExp][] {
  if (schema.type === 'integer' || schema.type === 'number') {
    const { minimum = 0, maximum = 0 } = schema;
    const message = exactly(`must be a whole number between ${minimum} and ${maximum}`);
    return ['abc', '', '1.5', '-1', '1e9', '1e400', '9007199254740993', '0x1g'].map((value) => [value, message]);
  }
  return outOfRange(schema).map(([value, message]) => [String(value), message]);
}

const FORMATS: Record<string, RegExp> = {
  uuid: /^must be a UUID, like [\da-f-]{36}$/,
  email: /^must be an e-mail address, like ada@example\.com$/,
  'date-time': /^must be an RFC 3339 time with an offset, like \S+$/,
};

function digits(count: number): RegExp {
  return new RegExp(`^must have at (?:least|most) ${count} characters$`);
}

function exactly(message: string): RegExp {
  return new RegExp(`^${message.replaceAll(/[.\-+]/g, String.raw`\$&`)}$`);
}

function listed(choices: unknown[]): string {
  const quoted = choices.map((choice) => JSON.stringify(choice));
  return quoted.length < 3 ? quoted.join(' or ') : `${quoted.slice(0, -1).join(', ')}, or ${quoted.at(-1) ?? ''}`;
}

/** Every place in a body but the body itself. */
function fieldsOf(schema: JsonSchema, path: Path = []): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const isNullable = property.anyOf?.some(({ type }) => type === 'null') ?? false;
    const own = property.anyOf?.find(({ type }) => type !== 'null') ?? property;
    const at = [...path, name];
    const isRequired = schema.required?.includes(name) ?? false;
    return [
      { path: at, schema: own, isNullable, isRequired },
      ...fieldsOf(own, at),
      ...(own.items ? itemsOf(own.items, [...at, 0]) : []),
    ];
  });
}

function itemsOf(schema: JsonSchema, path: Path): Field[] {
  return [{ path, schema, isNullable: false, isRequired: true }, ...fieldsOf(schema, path)];
}

type Parts = Partial<Omit<RequestParts, 'params'>>;

function refusal(operation: Operation, parts: Parts): ProblemError {
  const params = Object.fromEntries(
    Object.keys(operation.params?.shape ?? {}).map((name) => [name, PARAMS[name] ?? '']),
  );
  const sample = operation.body ? sampleOf(inputSchema(operation.body)) : undefined;
  const request: RequestParts = { params, query: {}, headers: {}, body: sample, ...parts };
  try {
    parseInput(operation, request);
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'VALIDATION_FAILED') return error;
    throw error;
  }
  return new ProblemError('VALIDATION_FAILED', '', { errors: [] });
}

const PARAMS: Record<string, string> = {
  id: '019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10',
  code: '7ZKQ3M9T0XWRV5N8J2H4C6B1DE',
};

function faults(operation: Operation, parts: Parts): Fault[] {
  const { message, options } = refusal(operation, parts);
  const found = options.errors ?? [];
  for (const fault of found) expect(fault.message).not.toMatch(RAW);
  if (found.length === 1) expect(message).toBe(`${nameOf(found[0]?.path)} ${found[0]?.message ?? ''}.`);
  return found;
}

/** The message of the one fault there is, which is at that place. */
function only(found: Fault[], path: string): string | undefined {
  expect(found.map((fault) => fault.path)).toEqual([path]);
  return found[0]?.message;
}

function nameOf(path = ''): string {
  return path === '' ? 'The body' : path;
}
