import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { problems } from '@ticketing/types/problem';
import type { Operation } from '@ticketing/types/operation';
import { allOperations } from '../src/docs.ts';
import { startGateway } from './gateway.ts';

interface OpenApi {
  openapi: string;
  paths: Record<
    string,
    Record<
      string,
      {
        operationId: string;
        requestBody?: { required: boolean };
        responses: Record<string, unknown>;
        security: object[];
      }
    >
  >;
  components: { schemas: Record<string, unknown> };
}

test('the document is valid OpenAPI 3.1', async () => {
  const document = await readDocument();
  expect(document.openapi).toMatch(/^3\.1\./);
  const validator = new Validator();
  expect(await validator.validate(document as unknown as Record<string, unknown>)).toEqual({ valid: true });
});

test('every operation of @ticketing/types is in it, with each error that it may answer with', async () => {
  const { paths } = await readDocument();
  const operations = await operationsInTypes();
  expect(operations.length).toBeGreaterThan(20);
  for (const { id, method, path, errors, access, answers, body, isBodyOptional = false } of operations) {
    const described = paths[path]?.[method];
    expect(described?.operationId, id).toBe(id);
    if (body) expect(described?.requestBody?.required, id).toBe(!isBodyOptional);
    for (const status of Object.keys(answers)) expect(described?.responses, id).toHaveProperty(status);
    for (const code of [...errors, 'INTERNAL', 'UNAVAILABLE'] as const) {
      const response = described?.responses[problems[code].status] as
        { content: Record<string, { schema: unknown; examples: Record<string, unknown> }> } | undefined;
      const problem = response?.content['application/problem+json'];
      expect(problem?.schema, `${id} ${code}`).toEqual({ $ref: '#/components/schemas/Problem' });
      expect(Object.keys(problem?.examples ?? {}), id).toContain(code);
    }
    expect(described?.security, id).toEqual(
      access === 'public' ? [] : access === 'optional' ? [{}, { bearer: [] }] : [{ bearer: [] }],
    );
  }
});

test('every reference in it leads somewhere', async () => {
  const document = await readDocument();
  const text = JSON.stringify(document);
  for (const [, pointer = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const target = pointer.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document);
    expect(target, pointer).toBeDefined();
  }
});

test('whoever has it already is told so, and what is new has another ETag', async () => {
  const gateway = await startGateway();
  for (const path of ['/openapi.json', '/docs']) {
    const first = await gateway.get(path);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);
    const again = await gateway.get(path, { 'If-None-Match': `"other", W/${etag}` });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    expect((await gateway.get(path, { 'If-None-Match': '"other"' })).status).toBe(200);
  }
});

test('the page shows every operation and loads nothing from anywhere', async () => {
  const gateway = await startGateway();
  const response = await gateway.get('/docs');
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const page = await response.text();
  for (const { id, path } of allOperations) {
    expect(page).toContain(`id="${id}"`);
    expect(page.replaceAll('<wbr />', '')).toContain(`<code>${path}</code>`);
  }
  expect(page).not.toMatch(/<script|<img|<iframe|src=|url\(|@import/i);
  const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !/^(#|\/openapi\.json$|data:,$)/.test(link))).toEqual([]);
  for (const link of links.filter((link) => link.startsWith('#'))) expect(page).toContain(`id="${link.slice(1)}"`);

  const [, style = ''] = /<style>(.*?)<\/style>/s.exec(page) ?? [];
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain(`style-src 'sha256-${hash}'`);
});

async function readDocument(): Promise<OpenApi> {
  const gateway = await startGateway();
  const response = await gateway.get('/openapi.json');
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  return (await response.json()) as OpenApi;
}

/** Found by looking, so that one that is forgotten in a list is missed here. */
async function operationsInTypes(): Promise<Operation[]> {
  const folder = new URL('.', import.meta.resolve('@ticketing/types/operation'));
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
  const modules = await Promise.all(
    files.map((name) => import(new URL(name, folder).href) as Promise<Record<string, unknown>>),
  );
  return modules.flatMap((module) => Object.values(module)).filter(isOperation);
}

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'access' in value;
}
