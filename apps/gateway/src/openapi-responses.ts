import type { z } from 'zod';
import type { Answer, Operation } from '@ticketing/types/operation';
import { Problem, problems, type ProblemCode } from '@ticketing/types/problem';

/** Every answer and every error that a call may get, by status. */
export function responsesOf(operation: Operation): Record<string, Response> {
  const responses: Partial<Record<string, Response>> = {};
  for (const [status, answer] of Object.entries(operation.answers)) responses[status] = responseOf(answer);
  for (const code of possibleErrors(operation)) {
    const { status, title } = problems[code];
    const response = (responses[status] ??= { description: '', headers: errorHeaders(status) });
    response.description = response.description ? `${response.description}; ${title}` : title;
    const content = ((response.content ??= {})['application/problem+json'] ??= { schema: Problem, examples: {} });
    content.examples = { ...content.examples, [code]: { summary: title, value: exampleProblem(operation, code) } };
  }
  return responses as Record<string, Response>;
}

interface Response {
  description: string;
  headers: Record<string, object>;
  content?: Record<string, { schema?: z.ZodType | object; examples?: Record<string, object> }>;
}

function responseOf({ description, schema, mediaTypes, headers = {} }: Answer): Response {
  const own = Object.entries(headers).map(([name, text]): [string, object] => [
    name,
    { schema: { type: 'string' }, description: text },
  ]);
  const types = mediaTypes ?? (schema ? ['application/json'] : []);
  const content = types.map((type): [string, object] => [type, { schema: schema ?? { type: 'string' } }]);
  return {
    description,
    headers: { 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' }, ...Object.fromEntries(own) },
    ...(content.length > 0 && { content: Object.fromEntries(content) }),
  };
}

function errorHeaders(status: number): Record<string, object> {
  return {
    'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' },
    ...((status === 429 || status === 503) && { 'Retry-After': { $ref: '#/components/headers/Retry-After' } }),
  };
}

/** The operation's own codes and those that follow from what it takes and who may call it. */
function possibleErrors(operation: Operation): ProblemCode[] {
  const { access, method, params, query, headers, rawBodyLimitBytes } = operation;
  const takesJson = method !== 'get' && rawBodyLimitBytes === undefined;
  const codes = new Set<ProblemCode>(operation.errors);
  codes.add('MALFORMED_REQUEST').add('INTERNAL').add('UNAVAILABLE');
  if (access !== 'public') codes.add('UNAUTHENTICATED');
  if (typeof access !== 'string') codes.add('FORBIDDEN');
  if (params) codes.add('NOT_FOUND');
  // A call without a body says so of one that is sent all the same.
  if (takesJson) codes.add('BODY_TOO_LARGE').add('UNSUPPORTED_MEDIA_TYPE').add('VALIDATION_FAILED');
  if (query ?? headers) codes.add('VALIDATION_FAILED');
  return [...codes].sort((a, b) => problems[a].status - problems[b].status);
}

function exampleProblem(operation: Operation, code: ProblemCode): Problem {
  const { status, title } = problems[code];
  return {
    type: 'about:blank',
    title,
    status,
    detail: code === 'VALIDATION_FAILED' ? `${WRONG.path} ${WRONG.message}.` : `${title}.`,
    code,
    instance: operation.path,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    ...(code === 'VALIDATION_FAILED' && { errors: [WRONG] }),
  };
}

const WRONG = { path: 'limit', message: 'must be a whole number between 1 and 100' };
