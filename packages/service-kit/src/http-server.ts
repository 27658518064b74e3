import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';

export interface ListenOptions {
  host?: string | undefined;
  /** 0: a free one. */
  port: number;
  /** For tests, which cannot wait as long. */
  bounds?: Partial<Bounds>;
}

/** How long a client may take, in milliseconds: slow ones must not pile up. */
interface Bounds {
  /** To send its headers, or the first byte of them. */
  headersMs: number;
  /** To send its whole request. */
  requestMs: number;
  /** While nothing moves in either direction: to read its answer, for one. Longer than any answer takes to make. */
  idleMs: number;
  /** Until it sends another request. Longer than a proxy keeps idle connections, so that it is the proxy who closes them. */
  keepAliveMs: number;
  /** To close its side of a connection that we have ended. */
  lingerMs: number;
  checkEveryMs: number;
}

const BOUNDS: Bounds = {
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 60_000,
  keepAliveMs: 65_000,
  lingerMs: 2_000,
  checkEveryMs: 2_000,
};

export interface ListeningServer {
  url: string;
  server: Server;
  /** Stops accepting, lets requests under way finish for a bounded time, then closes every connection. */
  close: () => Promise<void>;
}

const DRAIN_TIMEOUT_MS = 10_000;
/** How long connections, and then requests, that are on their way when closing begins are still taken. */
const GRACE_MS = 100;

/** Listens with bounds on slow clients, and answers what is not even HTTP with problem+json. */
export async function listen(listener: RequestListener, options: ListenOptions): Promise<ListeningServer> {
  const { host, port } = options;
  const bounds = { ...BOUNDS, ...options.bounds };
  const server = createServer(
    {
      headersTimeout: bounds.headersMs,
      requestTimeout: bounds.requestMs,
      keepAliveTimeout: bounds.keepAliveMs,
      connectionsCheckingInterval: bounds.checkEveryMs,
    },
    listener,
  );
  server.timeout = bounds.idleMs;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    refuseUnreadable(error, socket);
    // Our side is closed; the other may never be.
    socket.setTimeout(bounds.lingerMs, () => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, resolve);
  });
  const { port: actualPort } = server.address() as AddressInfo;
  const name = !host || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return { url: `http://${name.includes(':') ? `[${name}]` : name}:${actualPort}`, server, close: () => drain(server) };
}

async function drain(server: Server): Promise<void> {
  // Connections that stay open after their answer are told to close with it.
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
  await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
  await nothingToAccept(server);
  // Not http's own `close`, which cuts idle connections at once: a request may be on its way on any of them.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const start = performance.now();
  const idle = setInterval(() => {
    if (performance.now() - start > GRACE_MS) server.closeIdleConnections();
  }, 50);
  const force = setTimeout(() => server.closeAllConnections(), DRAIN_TIMEOUT_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(force);
  // Stops http's own timers.
  server.close();
}

/**
 * Closing the listening socket resets the connections that wait to be accepted. A turn of the event loop takes all of
 * them, so one that took none leaves none: also on a machine so busy that any time is too short.
 */
async function nothingToAccept(server: Server): Promise<void> {
  let accepted = 0;
  const count = () => accepted++;
  server.on('connection', count);
  const deadline = performance.now() + DRAIN_TIMEOUT_MS;
  for (let before = -1; before !== accepted && performance.now() < deadline;) {
    before = accepted;
    // The first one may come before the loop has looked at its sockets, the second one cannot.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  server.off('connection', count);
}

function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const timedOut = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const status = timedOut ? '408 Request Timeout' : '400 Bad Request';
  const traceId = randomUUID().replaceAll('-', '');
  const body = JSON.stringify({
    type: 'about:blank',
    title: 'The request could not be read',
    status: Number.parseInt(status, 10),
    detail: timedOut ? 'The request took too long to arrive.' : 'This is not a well-formed HTTP request.',
    code: 'MALFORMED_REQUEST',
    // Its path is not known.
    instance: '',
    traceId,
  });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
      `X-Content-Type-Options: nosniff\r\nX-Request-Id: ${traceId}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
