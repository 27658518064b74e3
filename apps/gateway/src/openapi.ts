import { createDocument, type CreateDocumentOptions, type oas31 } from 'zod-openapi';
import type { Access, Operation } from '@ticketing/types/operation';
import { Problem } from '@ticketing/types/problem';
import { exampleOf } from './openapi-example.ts';
import { responsesOf } from './openapi-responses.ts';

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
      schemas: { Problem },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      headers: {
        'X-Request-Id': { schema: { type: 'string' }, description: 'Quote it when asking for help' },
        'Retry-After': { schema: { type: 'integer' }, description: 'Seconds to wait before the next try' },
      },
    },
  };
  // Typed as 3.2 by the library, but made as the 3.1 that was asked for.
  const document = createDocument(described, { override: withoutRedundantPattern }) as Document;
  spellHeaders(document);
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
  if (access === 'optional') return 'For anyone; a token is honoured.';
  if (access === 'signed-in') return 'For any account.';
  return `For the roles ${access.join(' and ')}.`;
}

function securityOf(access: Access): Record<string, string[]>[] {
  if (access === 'public') return [];
  return access === 'optional' ? [{}, { bearer: [] }] : [{ bearer: [] }];
}

/** `format` says it already, in fewer characters than a date's regular expression. */
const withoutRedundantPattern: CreateDocumentOptions['override'] = ({ jsonSchema }) => {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
};

/** `if-match` → `If-Match`, as people write it. Node, and so our schemas, have headers in lower case. */
function spellHeaders(document: Document): void {
  for (const operation of operationsOf(document)) {
    for (const parameter of (operation.parameters ?? []) as oas31.ParameterObject[]) {
      if (parameter.in !== 'header') continue;
      parameter.name = parameter.name.replaceAll(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
    }
  }
}

/** Gives every JSON body without examples one that is put together from its schema. */
function addExamples(document: Document): void {
  for (const operation of operationsOf(document)) {
    const responses = Object.values(operation.responses ?? {}) as oas31.ResponseObject[];
    for (const body of [operation.requestBody, ...responses]) {
      const json = body && 'content' in body ? body.content?.['application/json'] : undefined;
      if (json?.schema) json.example ??= exampleOf(json.schema, document);
    }
  }
}

function operationsOf(document: Document): oas31.OperationObject[] {
  const paths = Object.values(document.paths ?? {}) as Record<string, oas31.OperationObject>[];
  return paths.flatMap((path) => Object.values(path));
}
