import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request } from 'express';
import { ProblemError } from './problem.ts';

/** RFC 9112 section 6.3: a request without either has no body. */
export function announcesBody(headers: IncomingMessage['headers']): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/** RFC 9110 section 15.5.16: a body that is not JSON is refused by its declared type, before it is read. */
export function refuseOtherMedia(request: Request): void {
  const isEmpty = Number(request.headers['content-length']) === 0;
  if (isEmpty) return;
  if (!request.is('application/json') || OTHER_CHARSET.test(request.headers['content-type'] ?? '')) {
    throw new ProblemError(
      'UNSUPPORTED_MEDIA_TYPE',
      'Send the body as UTF-8 JSON, with Content-Type: application/json.',
    );
  }
}

/** RFC 8259 section 8.1: JSON is UTF-8. The parser would also read UTF-16, -32 and -7, which filters in front do not. */
const OTHER_CHARSET = /;\s*charset=(?!"?utf-8"?\s*(?:;|$))/i;

/**
 * Decoding would turn every byte that is not UTF-8 into the same replacement character: passwords that differ would be one.
 */
export function refuseOtherBytes(_request: IncomingMessage, _response: ServerResponse, body: Buffer): void {
  if (!isUtf8(body)) throw new ProblemError('MALFORMED_REQUEST', 'The body is not valid UTF-8.');
}
