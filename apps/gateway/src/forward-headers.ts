import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { addressesOf } from '@ticketing/service-kit/client-address';
import type { RequestContext } from '@ticketing/service-kit/request-context';
import { currentTraceparent } from '@ticketing/service-kit/trace';

/** RFC 9110 section 7.6.1: these are between two neighbours, and so are those that Connection names. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * Not passed on: `host` and the forwarding headers are ours to say, and `expect` was answered by our own server. Those
 * that we do not send would let a client say something about itself that services believe.
 */
const REPLACED = ['host', 'expect', 'forwarded', 'x-forwarded-port', 'x-forwarded-prefix', 'x-real-ip'];

const neverToUpstream = new Set([...HOP_BY_HOP, ...REPLACED]);
const neverToClient = new Set(HOP_BY_HOP);

type Headers = Record<string, string | string[] | undefined>;

/**
 * Headers for the upstream. `X-Forwarded-For` has the client, as far as trusted proxies in front tell, and each of them,
 * or else the peer alone, all in one spelling; the request and trace ids are the gateway's own, so that one request has the same ids everywhere.
 */
export function upstreamHeaders(request: Request, context: RequestContext): Headers {
  const headers = withoutHopByHop(request.headers, neverToUpstream);
  headers['x-forwarded-for'] = addressesOf(request).join(', ') || 'unknown';
  headers['x-forwarded-proto'] = request.protocol;
  headers['x-forwarded-host'] = request.host;
  headers['x-request-id'] = context.requestId;
  const current = currentTraceparent();
  const { traceparent } = request.headers;
  if (current !== undefined) {
    headers.traceparent = current;
  } else if (typeof traceparent !== 'string' || !traceparent.includes(context.traceId)) {
    // None, or not a valid one: the trace starts here (https://www.w3.org/TR/trace-context/#traceparent-header).
    headers.traceparent = `00-${context.traceId}-${newSpanId()}-01`;
    delete headers.tracestate;
  }
  return headers;
}

/** 16 hex digits. Node keeps random bytes for UUIDs at hand, which `randomBytes` fetches every time. */
function newSpanId(): string {
  const uuid = randomUUID();
  return uuid.slice(0, 8) + uuid.slice(-8);
}

/** Headers of the upstream's answer that are for the client. */
export function clientHeaders(headers: Headers): Headers {
  return withoutHopByHop(headers, neverToClient);
}

function withoutHopByHop(headers: Headers, dropped: Set<string>): Headers {
  const { connection } = headers;
  const named =
    connection === undefined
      ? []
      : String(connection)
          .toLowerCase()
          .split(/[\s,]+/);
  const kept: Headers = {};
  for (const name of Object.keys(headers)) {
    if (!dropped.has(name) && !named.includes(name)) kept[name] = headers[name];
  }
  return kept;
}
