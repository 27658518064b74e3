import type { Request } from 'express';
import type { z } from 'zod';
import type { Operation } from '@ticketing/types/operation';
import { check, type Fault } from './fault.ts';
import type { Source } from './issue-words.ts';
import { invalidInput, ProblemError } from './problem.ts';

type Parsed<Schema> = Schema extends z.ZodType ? z.infer<Schema> : undefined;

/** What a handler gets: parsed, trusted. */
export interface Input<O extends Operation> {
  params: Parsed<O['params']>;
  query: Parsed<O['query']>;
  headers: Parsed<O['headers']>;
  body: O extends { rawBodyLimitBytes: number } ? Buffer : Parsed<O['body']>;
}

/** Of Express' request, what a client says in it. */
export type RequestParts = Pick<Request, 'params' | 'query' | 'headers' | 'body'>;

/**
 * Parses every part of a request with the operation's schemas.
 * It throws NOT_FOUND for a path that can name nothing, else VALIDATION_FAILED with every wrong field of all parts.
 */
export function parseInput<O extends Operation>(operation: O, request: RequestParts): Input<O> {
  const params = operation.params?.safeParse(request.params);
  if (params && !params.success) {
    // What a schema of ours says of it; Zod's own words are not for people.
    const said = params.error.issues.find(({ code }) => code === 'custom')?.message;
    throw new ProblemError('NOT_FOUND', said ?? 'There is nothing at this address.');
  }
  const faults: Fault[] = [];
  const parse: Parse = (schema, value, source) => {
    if (!schema) return undefined;
    const checked = check(schema, value, source);
    if (checked.kind === 'valid') return checked.value;
    faults.push(...checked.faults);
    return undefined;
  };
  const query = parse(operation.query, request.query, 'text');
  const headers = parse(operation.headers, request.headers, 'text');
  const body = parseBody(operation, request, parse);
  if (faults.length > 0) throw invalidInput(faults);
  return { params: params?.data, query, headers, body } as Input<O>;
}

type Parse = (schema: z.ZodType | undefined, value: unknown, source: Source) => unknown;

function parseBody(operation: Operation, request: RequestParts, parse: Parse): unknown {
  const body: unknown = request.body;
  if (operation.rawBodyLimitBytes !== undefined) return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  if (operation.body) {
    if (body !== undefined) return parse(operation.body, body, 'json');
    if (operation.isBodyOptional) return parse(operation.body, {}, 'json');
    throw invalidInput([{ path: '', message: 'is required: send a JSON object' }]);
  }
  const isEmpty = body === undefined || (typeof body === 'object' && body !== null && Object.keys(body).length === 0);
  if (!isEmpty) throw invalidInput([{ path: '', message: 'must be empty: this call takes none' }]);
  return undefined;
}
