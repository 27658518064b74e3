import { z } from 'zod';

/** As much of JSON Schema as describes our inputs. */
export interface JsonSchema {
  type?: string;
  format?: string;
  pattern?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  example?: unknown;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
}

/** What may be sent, as JSON Schema without references. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  const whole = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return resolve(whole, whole.$defs ?? {});
}

function resolve(schema: JsonSchema, definitions: Record<string, JsonSchema>): JsonSchema {
  const { $ref, ...own } = schema;
  const at = $ref === undefined ? own : { ...definitions[$ref.split('/').at(-1) ?? ''], ...own };
  delete at.$defs;
  return {
    ...at,
    ...(at.items && { items: resolve(at.items, definitions) }),
    ...(at.anyOf && { anyOf: at.anyOf.map((option) => resolve(option, definitions)) }),
    ...(at.properties && {
      properties: Object.fromEntries(
        Object.entries(at.properties).map(([name, property]) => [name, resolve(property, definitions)]),
      ),
    }),
  };
}

export type Path = readonly (string | number)[];

/** Where a schema takes text, in every branch: `ticketTypes.0.name`. */
export function textFields(schema: JsonSchema, path: Path = []): Path[] {
  if (schema.type === 'string' || schema.enum) return [path];
  const inside = [
    ...(schema.anyOf ?? []).flatMap((option) => textFields(option, path)),
    ...(schema.items ? textFields(schema.items, [...path, 0]) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => textFields(property, [...path, name])),
  ];
  return [...new Map(inside.map((each) => [each.join('.'), each])).values()];
}

/** A value with every field, those that may be left out too, made of examples and defaults. */
export function sampleOf(schema: JsonSchema): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return schema.anyOf.some(({ type }) => type === 'null') ? null : sampleOf(schema.anyOf[0] ?? {});
  if (schema.properties) {
    return Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, sampleOf(property)]));
  }
  if (schema.items) return [sampleOf(schema.items)];
  if (schema.type === 'boolean') return true;
  if (schema.type === 'string') return 'x'.repeat(Math.max(1, schema.minLength ?? 1));
  return Math.max(1, schema.minimum ?? 1);
}

/** A copy with another value at one place, whatever is there now. */
export function withValueAt(whole: unknown, [name, ...rest]: Path, value: unknown): unknown {
  if (name === undefined) return value;
  if (typeof name === 'number') {
    const list = Array.isArray(whole) ? [...(whole as unknown[])] : [];
    list[name] = withValueAt(list[name], rest, value);
    return list;
  }
  const fields = (whole ?? {}) as Record<string, unknown>;
  return { ...fields, [name]: withValueAt(fields[name], rest, value) };
}

/** `given` with what it lacks from `sample`; a field given as undefined is left out. */
export function completed(given: unknown, sample: unknown): unknown {
  if (Array.isArray(given))
    return given.map((item, index) => completed(item, (sample as unknown[] | undefined)?.[index]));
  if (typeof given !== 'object' || given === null) return given;
  return Object.fromEntries(
    [...new Set([...Object.keys(sample ?? {}), ...Object.keys(given)])].map((name) => {
      const own = (given as Record<string, unknown>)[name];
      const made = (sample as Record<string, unknown> | undefined)?.[name];
      return [name, name in given ? completed(own, made) : made];
    }),
  );
}
