import { createServer, type RequestListener, type Server } from 'node:http';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';

export interface ListenOptions {
  host?: string | undefined;
  /** 0: a free one. */
  port: number;
}

export interface ListeningServer {
  url: string;
  server: Server;
  /** Stops accepting, lets requests under way finish for a bounded time, then closes every connection. */
  close: () => Promise<void>;
}

/** How long a client may take to send its headers, and its whole request: slow clients must not pile up. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than a proxy keeps idle connections, so that it is the proxy who closes them. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const DRAIN_TIMEOUT_MS = 10_000;
/** How long requests that are on their way when closing begins are still taken. */
const GRACE_MS = 200;

/** Listens with bounds on slow clients, and answers what is not even HTTP with problem+json. */
export async function listen(listener: RequestListener, { host, port }: ListenOptions): Promise<ListeningServer> {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: 2_000,
    },
    listener,
  );
  server.on('clientError', refuseUnreadable);
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

function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const timedOut = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const status = timedOut ? '408 Request Timeout' : '400 Bad Request';
  const body = JSON.stringify({
    type: 'about:blank',
    title: 'The request could not be read',
    status: Number.parseInt(status, 10),
    detail: timedOut ? 'The request took too long to arrive.' : 'This is not a well-formed HTTP request.',
    code: 'MALFORMED_REQUEST',
  });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
