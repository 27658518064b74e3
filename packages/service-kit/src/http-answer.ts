import type { ServerResponse } from 'node:http';
import type { Failure } from './failure-log.ts';
import type { RequestContext } from './request-context.ts';

/** An answer as handlers give it; `http-app.ts` has the types that tie it to its operation. */
export interface AnyReply {
  status: number;
  headers?: Record<string, string | undefined>;
  json?: string | Buffer;
  raw?: string | Buffer;
  body?: unknown;
  failure?: Omit<Failure, 'status' | 'level'> & Partial<Pick<Failure, 'level'>>;
}

/**
 * Sends an answer. All headers go in one call: on hot paths, setting them one by one costs as much as finding out what to
 * answer.
 */
export function sendReply(response: ServerResponse, context: RequestContext, reply: AnyReply): void {
  const { status, headers: own = {}, raw } = reply;
  const headers = commonHeaders(context);
  // Answers may depend on who asks; a handler whose answers may be kept says so itself.
  if (own['Cache-Control'] === undefined) headers.push('Cache-Control', 'no-store');
  for (const name in own) {
    const value = own[name];
    if (value !== undefined) headers.push(name, value);
  }
  const content = raw ?? reply.json ?? stringify(reply.body);
  if (raw === undefined && content !== undefined && own['Content-Type'] === undefined) {
    headers.push('Content-Type', 'application/json; charset=utf-8');
  }
  if (mayHaveContent(status))
    headers.push('Content-Length', String(content === undefined ? 0 : Buffer.byteLength(content)));
  response.writeHead(status, headers);
  if (Buffer.isBuffer(content) && content.length <= JOINED_BYTES) response.end(content.toString('latin1'), 'latin1');
  else response.end(content);
}

/**
 * Text goes out in one write with the headers, a buffer in a second one, which takes longer than turning it into text
 * if it is small. (Latin-1 is its bytes as they are.)
 */
const JOINED_BYTES = 4_096;

/** RFC 9110 sections 8.6 and 15.4.5: with 204 and 304 there is nothing to give the length of. */
function mayHaveContent(status: number): boolean {
  return status !== 204 && status !== 304;
}

/** What every answer carries, as a list of names and values. */
export function commonHeaders({ requestId }: RequestContext): string[] {
  return ['X-Request-Id', requestId, 'X-Content-Type-Options', 'nosniff'];
}

function stringify(body: unknown): string | undefined {
  return body === undefined ? undefined : JSON.stringify(body);
}
