import { createHash } from 'node:crypto';
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
    200: { description: 'The document', mediaType: 'application/json', headers: { ETag: 'Version of the document' } },
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
    200: { description: 'The page', mediaType: 'text/html', headers: { ETag: 'Version of the page' } },
    304: notModified,
  },
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
];

/** Serves the API reference: `GET /openapi.json` and, to be read, `GET /docs`. Both are made once, here. */
export function implementDocs(http: HttpApp): void {
  const document = describeApi(allOperations);
  const answerDocument = cached(JSON.stringify(document), { 'Content-Type': 'application/json; charset=utf-8' });
  const answerPage = cached(docsPage(document), {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': contentSecurityPolicy,
    'Referrer-Policy': 'no-referrer',
  });
  http.implement(readOpenApi, ({ headers }) => answerDocument(headers['if-none-match']));
  http.implement(readDocs, ({ headers }) => answerPage(headers['if-none-match']));
}

/** Answers with the text, or with 304 to who has it already (RFC 9110 section 13.1.2). */
function cached(text: string, ownHeaders: Record<string, string>) {
  const raw = Buffer.from(text);
  const etag = `"${createHash('sha256').update(raw).digest('base64url').slice(0, 22)}"`;
  const headers = { ...ownHeaders, ETag: etag, 'Cache-Control': 'no-cache' };
  return (ifNoneMatch: string | undefined) => {
    const known = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    if (known.includes(etag) || known.includes('*')) return { status: 304 as const, headers };
    return { status: 200 as const, headers, raw };
  };
}
