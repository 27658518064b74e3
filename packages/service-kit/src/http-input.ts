import type { Request } from 'express';
import type { z } from 'zod';
import type { Operation } from '@ticketing/types/operation';
import { ProblemError } from './problem.ts';

type Parsed<Schema> = Schema extends z.ZodType ? z.infer<Schema> : undefined;

/** What a handler gets: parsed, trusted. */
export interface Input<O extends Operation> {
  params: Parsed<O['params']>;
  query: Parsed<O['query']>;
  headers: Parsed<O['headers']>;
  body: O extends { rawBodyLimitBytes: number } ? Buffer : Parsed<O['body']>;
}

/**
 * Parses every part of a request with the operation's schemas.
 * It throws NOT_FOUND for a path that can name nothing, else VALIDATION_FAILED with every wrong field of all parts.
 */
export function parseInput<O extends Operation>(operation: O, request: Request): Input<O> {
  const params = operation.params?.safeParse(request.params);
  if (params && !params.success) {
    // What a schema of ours says of it; Zod's own words are not for people.
    const said = params.error.issues.find(({ code }) => code === 'custom')?.message;
    throw new ProblemError('NOT_FOUND', said ?? 'There is nothing at this address.');
  }
  const errors: { path: string; message: string }[] = [];
  const parse = (schema: z.ZodType | undefined, value: unknown) => {
    if (!schema) return undefined;
    const result = schema.safeParse(value);
    if (!result.success) errors.push(...result.error.issues.flatMap(fieldErrors));
    return result.data;
  };
  const query = parse(operation.query, request.query);
  const headers = parse(operation.headers, request.headers);
  const body = parseBody(operation, request, parse);
  if (errors.length > 0) {
    const fields = [...new Set(errors.map(({ path }) => path || 'the body'))].join(', ');
    throw new ProblemError('VALIDATION_FAILED', `Not valid: ${fields}.`, { errors: errors.slice(0, MAX_ERRORS) });
  }
  return { params: params?.data, query, headers, body } as Input<O>;
}

/** Enough for a person to act on; a body of 100 kB can hold thousands. */
const MAX_ERRORS = 50;

function parseBody(
  operation: Operation,
  request: Request,
  parse: (schema: z.ZodType | undefined, value: unknown) => unknown,
): unknown {
  const body: unknown = request.body;
  if (operation.rawBodyLimitBytes !== undefined) return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  if (operation.body) return parse(operation.body, body === undefined && operation.isBodyOptional ? {} : body);
  const isEmpty = body === undefined || (typeof body === 'object' && body !== null && Object.keys(body).length === 0);
  if (!isEmpty)
    throw new ProblemError('VALIDATION_FAILED', 'This call takes no body.', {
      errors: [{ path: '', message: 'must be empty' }],
    });
  return undefined;
}

function fieldErrors(issue: z.core.$ZodIssue): { path: string; message: string }[] {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: path ? `${path}.${key}` : key, message: 'is not a known field' }));
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    return [{ path, message: path ? 'is required' : 'a JSON body is required' }];
  }
  return [{ path, message: issue.message }];
}
