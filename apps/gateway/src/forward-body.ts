import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';

/** Bodies of up to this many bytes are read first: a slow client then holds no connection to a service. */
const READ_FIRST_BYTES = 65_536;

/**
 * The body of a request for undici: its bytes where it is declared to be small, else a stream; null if there is none.
 * It rejects when the client gives up meanwhile.
 *
 * The request itself is not given away, since undici destroys the body that a service did not want to read to its end,
 * and Node would wait for the rest of it before it reads the connection's next request, or closes it.
 */
export async function forwardBody(request: IncomingMessage): Promise<Buffer | Readable | null> {
  const isChunked = request.headers['transfer-encoding'] !== undefined;
  const length = Number(request.headers['content-length'] ?? 0);
  if (!isChunked && length === 0) return null;
  return !isChunked && length <= READ_FIRST_BYTES ? readAll(request) : streamOf(request);
}

function readAll(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.once('end', () => resolve(Buffer.concat(parts)));
    request.once('close', () => {
      if (!request.complete) reject(gaveUp());
    });
    request.once('error', reject);
  });
}

function streamOf(request: IncomingMessage): Readable {
  const stream = new PassThrough();
  // Errors are undici's to handle; until it does, nobody else may be surprised by one.
  stream.on('error', () => undefined);
  stream.once('close', () => {
    // What nobody wants is read and forgotten; the server's bound on a whole request is the bound on that.
    request.unpipe(stream).resume();
  });
  request.once('close', () => {
    if (!request.complete) stream.destroy(gaveUp());
  });
  return request.pipe(stream);
}

function gaveUp(): Error {
  return new Error('The client closed the connection before its request was complete.');
}
