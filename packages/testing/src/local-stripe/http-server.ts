import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { ApiError } from './api-error.ts';
import { answerApi, type ApiParts } from './api.ts';
import { answerControl } from './control.ts';
import type { LocalStripe } from './handle.ts';

const MAX_BODY_BYTES = 1_000_000;

export interface Listening {
  url: string;
  close: () => Promise<void>;
}

/** Serves Stripe's API and the switches beside it. @throws when the port is taken. */
export async function listen(
  place: { host: string; port: number },
  parts: ApiParts,
  local: () => LocalStripe,
): Promise<Listening> {
  const closing = new AbortController();
  const server = createServer((request, response) => {
    answer(request, response, parts, local, closing.signal).catch((error: unknown) => {
      const { status, body } = error instanceof ApiError ? error : brokenRequest(error);
      if (response.headersSent) response.destroy();
      else write(response, status, JSON.stringify({ error: body }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(place.port, place.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${place.host.includes(':') ? `[${place.host}]` : place.host}:${port}`,
    async close() {
      closing.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: ApiParts,
  local: () => LocalStripe,
  closing: AbortSignal,
): Promise<void> {
  const { method = 'GET', headers } = request;
  const { pathname, search } = new URL(request.url ?? '/', 'http://local');
  const body = await readBody(request);
  if (pathname.startsWith('/_local/')) {
    const found = answerControl(local(), method, pathname, body);
    if (found === undefined) throw new ApiError(404, { type: 'invalid_request_error', message: `No ${pathname}.` });
    write(response, 200, JSON.stringify(found));
    return;
  }
  const key = headers['idempotency-key'];
  const idempotencyKey = Array.isArray(key) ? key[0] : key;
  const call = { method, path: pathname, query: search, body, authorization: headers.authorization, idempotencyKey };
  const given = await answerApi(parts, call, closing);
  write(response, given.status, given.body, {
    'Request-Id': given.requestId,
    'Stripe-Version': headers['stripe-version'] ?? Stripe.API_VERSION,
    ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
    ...(given.replayed ? { 'Idempotent-Replayed': 'true' } : {}),
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) {
      throw new ApiError(413, { type: 'invalid_request_error', message: `Bodies go up to ${MAX_BODY_BYTES} bytes.` });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function write(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string | string[]> = {},
): void {
  response.writeHead(status, {
    ...headers,
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** A fault of ours, told as Stripe would tell one of its own. */
function brokenRequest(error: unknown): ApiError {
  const message = error instanceof Error ? error.message : 'unknown';
  return new ApiError(500, { type: 'api_error', message: `The local Stripe failed: ${message}` });
}
