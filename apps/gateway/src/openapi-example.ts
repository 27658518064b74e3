import type { oas31 } from 'zod-openapi';

type Schema = oas31.SchemaObject | oas31.ReferenceObject;

/** A value that fits the schema: its example or default where it has one, else put together from its parts. */
export function exampleOf(given: Schema, document: oas31.OpenAPIObject): unknown {
  const schema = resolve(given, document);
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0] as unknown;
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum?.length) return schema.enum[0] as unknown;
  const part = schema.anyOf?.[0] ?? schema.oneOf?.[0] ?? schema.allOf?.[0];
  if (part) return exampleOf(part, document);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'object') return exampleObject(schema, document);
  if (type === 'array') return schema.items ? [exampleOf(schema.items, document)] : [];
  if (type === 'integer' || type === 'number') return Math.max(1, schema.minimum ?? 1);
  if (type === 'boolean') return true;
  return type === 'string' ? 'text' : null;
}

/** The schema itself, for a reference to one of the document's components. */
export function resolve(schema: Schema, document: oas31.OpenAPIObject): oas31.SchemaObject {
  if (!('$ref' in schema) || schema.$ref === undefined) return schema as oas31.SchemaObject;
  const found = document.components?.schemas?.[nameOf(schema.$ref)];
  if (!found) throw new Error(`The document has no ${schema.$ref}`);
  return resolve(found, document);
}

/** `#/components/schemas/Order` → `Order` */
export function nameOf(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

function exampleObject(schema: oas31.SchemaObject, document: oas31.OpenAPIObject): Record<string, unknown> {
  const fields = Object.entries(schema.properties ?? {});
  return Object.fromEntries(fields.map(([name, field]) => [name, exampleByName[name] ?? exampleOf(field, document)]));
}

/** Where the name says more than the schema: so that a call can be pasted and an answer looks like one. */
const exampleByName: Record<string, string | null> = {
  accessToken: 'eyJhbGciOiJIUzI1NiIs…',
  refreshToken: 'q8Zk0Jm5vR1yXc3TnWb7HdLs9PfGa2Ue4KiOoMzNjQw',
  intentId: 'pi_3SWx2eKj9mQ0pLr1',
  clientSecret: 'pi_3SWx2eKj9mQ0pLr1_secret_u7Vd',
  endsAt: '2027-06-12T22:30:00.000Z',
  nextCursor: null,
  refundReason: null,
};
