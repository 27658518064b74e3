import { createDocument, type CreateDocumentOptions, type oas31 } from 'zod-openapi';
import type { Access, Operation } from '@ticketing/types/operation';
import { callExamples } from './openapi-examples.ts';
import { responsesOf } from './openapi-responses.ts';
import { isReference, resolve, type Schema } from './openapi-schema.ts';

export type Document = oas31.OpenAPIObject;

/** The API reference as an OpenAPI 3.1 document, from the same definitions that validate requests and answers. */
export function describeApi(operations: readonly Operation[]): Document {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    (paths[operation.path] ??= {})[operation.method] = describe(operation);
  }
  const described: Parameters<typeof createDocument>[0] = {
    openapi: '3.1.1',
    info: { title: 'Ticketing API', version: '1.0.0', description: INTRODUCTION },
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      headers: {
        'X-Request-Id': { schema: { type: 'string' }, description: 'Quote it when asking for help' },
        'Retry-After': { schema: { type: 'integer' }, description: 'Seconds to wait before the next try' },
      },
    },
  };
  // Typed as 3.2 by the library, but made as the 3.1 that was asked for.
  const document = createDocument(described, { override: simplify }) as Document;
  spellHeaders(document);
  makeDefaultsOptional(document);
  addExamples(document);
  return document;
}

const INTRODUCTION =
  'Ids are UUIDs, times are RFC 3339 in UTC, money is an integer in the minor unit of its currency. Sign in and send ' +
  '`Authorization: Bearer <accessToken>`; it is good for 15 minutes. Errors are RFC 9457 problem details: switch on ' +
  '`code`. Lists answer with `items` and `nextCursor`; pass it as `cursor` to go on. Fields that a call does not know ' +
  'are refused. Send an `X-Request-Id` to find a call again; every answer carries one.';

function describe(operation: Operation) {
  const { id, tag, summary, description, access, params, query, headers, body, isBodyOptional = false } = operation;
  const whoMayCall = accessInWords(access);
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [description, whoMayCall].filter(Boolean).join('\n\n'),
    security: securityOf(access),
    ...(typeof access !== 'string' && { 'x-roles': access }),
    requestParams: { ...(params && { path: params }), ...(query && { query }), ...(headers && { header: headers }) },
    ...(body && { requestBody: { required: !isBodyOptional, content: { 'application/json': { schema: body } } } }),
    ...(operation.rawBodyLimitBytes !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
    }),
    responses: responsesOf(operation),
  };
}

function accessInWords(access: Access): string {
  if (access === 'public') return 'For anyone.';
  if (access === 'optional') return 'For anyone; a token is honored.';
  if (access === 'signed-in') return 'For any account.';
  return `For the roles ${access.join(' and ')}.`;
}

function securityOf(access: Access): Record<string, string[]>[] {
  if (access === 'public') return [];
  return access === 'optional' ? [{}, { bearer: [] }] : [{ bearer: [] }];
}

/** Says the same in the form that generators of clients make the plainest types of. */
const simplify: CreateDocumentOptions['override'] = ({ jsonSchema }) => {
  // `integer | null` is one type. As a choice of two schemas it becomes a class of its own in Go and Java.
  const [value, nothing, ...others] = (jsonSchema.anyOf ?? []) as oas31.SchemaObject[];
  const isPlain = typeof value?.type === 'string' && value.enum === undefined;
  if (isPlain && nothing?.type === 'null' && others.length === 0) {
    delete jsonSchema.anyOf;
    Object.assign(jsonSchema, { ...value, ...jsonSchema, type: [value.type, 'null'] });
  }
  // `format` says it already, in fewer characters than a date's regular expression.
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  // What any integer in JSON is bounded by.
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
};

/**
 * Puts the defaults of bodies into words. Generators take a field with a `default` for one that is always there, and so
 * would ask those who write a body for it.
 */
function makeDefaultsOptional(document: Document): void {
  for (const { requestBody } of operationsOf(document)) {
    const schema =
      requestBody && 'content' in requestBody ? requestBody.content['application/json']?.schema : undefined;
    if (schema) describeDefaults(schema, document);
  }
}

function describeDefaults(given: Schema, document: Document): void {
  const schema = resolve(given, document);
  for (const field of Object.values(schema.properties ?? {}) as Schema[]) {
    if (!isReference(field) && field.default !== undefined) {
      const note = `Default: \`${JSON.stringify(field.default)}\``;
      field.description = [field.description, note].filter(Boolean).join('. ');
      delete field.default;
    }
    describeDefaults(field, document);
  }
  if (schema.items) describeDefaults(schema.items, document);
}

/** `if-match` → `If-Match`, as people write it. Node, and so our schemas, have headers in lower case. */
function spellHeaders(document: Document): void {
  for (const operation of operationsOf(document)) {
    for (const parameter of (operation.parameters ?? []) as oas31.ParameterObject[]) {
      if (parameter.in !== 'header') continue;
      parameter.name = parameter.name.replaceAll(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
    }
  }
}

/** Gives bodies and answers in JSON their examples. */
function addExamples(document: Document): void {
  const examples = callExamples();
  for (const { operationId = '', requestBody, responses = {} } of operationsOf(document)) {
    const { body, answers = {} } = examples[operationId] ?? {};
    setExample(requestBody, body);
    for (const [status, response] of Object.entries(responses) as [string, oas31.ResponseObject][]) {
      setExample(response, answers[Number(status)]);
    }
  }
}

function setExample(
  content: oas31.RequestBodyObject | oas31.ResponseObject | oas31.ReferenceObject | undefined,
  example: unknown,
): void {
  const json = content && 'content' in content ? content.content?.['application/json'] : undefined;
  if (json && example !== undefined) json.example = example;
}

function operationsOf(document: Document): oas31.OperationObject[] {
  const paths = Object.values(document.paths ?? {}) as Record<string, oas31.OperationObject>[];
  return paths.flatMap((path) => Object.values(path));
}
