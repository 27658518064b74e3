import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import { accountOperations } from '@ticketing/types/account';
import { eventOperations } from '@ticketing/types/event';
import { readHealth } from '@ticketing/types/health';
import { operation, type Operation } from '@ticketing/types/operation';
import { orderOperations } from '@ticketing/types/order';
import { ticketOperations } from '@ticketing/types/ticket';
import type { HttpApp } from '@ticketing/service-kit/http-app';
import { contentSecurityPolicy, docsPage } from './docs-page.ts';
import { describeApi } from './openapi.ts';

const conditional = z.object({
  'if-none-match': z.string().max(1_000).optional().describe('ETag of the copy at hand'),
});
const notModified = { description: 'The copy at hand is still good' };

const readOpenApi = operation({
  id: 'readOpenApi',
  tag: 'Platform',
  summary: 'This reference as an OpenAPI 3.1 document',
  method: 'get',
  path: '/openapi.json',
  access: 'public',
  headers: conditional,
  answers: {
    200: {
      description: 'The document',
      schema: z.record(z.string(), z.unknown()),
      headers: { ETag: 'Version of the document' },
    },
    304: notModified,
  },
  errors: [],
});

const readDocs = operation({
  id: 'readDocs',
  tag: 'Platform',
  summary: 'This reference as a page',
  method: 'get',
  path: '/docs',
  access: 'public',
  headers: conditional,
  answers: {
    200: { description: 'The page', mediaTypes: ['text/html'], headers: { ETag: 'Version of the page' } },
    304: notModified,
  },
  errors: [],
});

const readRoot = operation({
  id: 'readRoot',
  tag: 'Platform',
  summary: 'Leads to this reference',
  method: 'get',
  path: '/',
  access: 'public',
  answers: { 302: { description: 'To the reference', headers: { Location: '`/docs`' } } },
  errors: [],
});

/** Every operation of the platform, whichever service answers it. */
export const allOperations: readonly Operation[] = [
  ...accountOperations,
  ...eventOperations,
  ...orderOperations,
  ...ticketOperations,
  readHealth,
  readOpenApi,
  readDocs,
  readRoot,
];

/** Serves the API reference: `GET /openapi.json` and, to be read, `GET /docs`. The document is made once, here. */
export function implementDocs(http: HttpApp): void {
  const document = describeApi(allOperations);
  const json = cached('json', JSON.stringify(document), { 'Content-Type': 'application/json; charset=utf-8' });
  const pageAt = docsPage(document);
  http.implement(readOpenApi, ({ headers }) => conditionally(headers['if-none-match'], json));
  http.implement(readDocs, ({ headers, request }) => {
    const page = cached('raw', pageAt(originOf(request)), {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': contentSecurityPolicy,
      'Referrer-Policy': 'no-referrer',
    });
    return conditionally(headers['if-none-match'], page);
  });
  http.implement(readRoot, () => ({ status: 302, headers: { Location: '/docs', 'Cache-Control': 'no-cache' } }));
}

/** Where the caller reached us, so that commands can be pasted as they are. */
function originOf(request: Request): string {
  const host = request.host as string | undefined; // An empty Host header.
  return host !== undefined && HOST.test(host) ? `${request.protocol}://${host}` : 'http://localhost:3000';
}

/** Nothing else may get from a header into a command for a shell. */
const HOST = /^(?:[a-z\d.-]+|\[[a-f\d:.]+\])(?::\d{1,5})?$/i;

interface Cached {
  content: { json: Buffer } | { raw: Buffer };
  etag: string;
  headers: Record<string, string>;
}

function cached(kind: 'json' | 'raw', text: string, ownHeaders: Record<string, string>): Cached {
  const bytes = Buffer.from(text);
  const content = kind === 'json' ? { json: bytes } : { raw: bytes };
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return { content, etag, headers: { ...ownHeaders, ETag: etag, 'Cache-Control': 'no-cache' } };
}

/** Answers with the text, or with 304 to who has it already (RFC 9110 section 13.1.2). */
function conditionally(ifNoneMatch: string | undefined, { content, etag, headers }: Cached) {
  const known = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return { status: 304 as const, headers };
  return { status: 200 as const, headers, ...content };
}
