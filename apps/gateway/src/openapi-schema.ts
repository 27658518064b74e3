import type { oas31 } from 'zod-openapi';

export type Schema = oas31.SchemaObject | oas31.ReferenceObject;

/** The schema itself, for a reference to one of the document's components. */
export function resolve(schema: Schema, document: oas31.OpenAPIObject): oas31.SchemaObject {
  if (!isReference(schema)) return schema;
  const found = document.components?.schemas?.[nameOf(schema.$ref)];
  if (!found) throw new Error(`The document has no ${schema.$ref}`);
  return resolve(found, document);
}

/** `#/components/schemas/Order` → `Order` */
export function nameOf(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

export function isReference(schema: Schema): schema is oas31.ReferenceObject {
  return '$ref' in schema && typeof schema.$ref === 'string';
}
