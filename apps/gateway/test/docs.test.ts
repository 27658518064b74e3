import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { problems } from '@ticketing/types/problem';
import type { Operation } from '@ticketing/types/operation';
import { allOperations } from '../src/docs.ts';
import { callExamples } from '../src/openapi-examples.ts';
import { startGateway } from './gateway.ts';
import { raw, sendLast } from './raw-http.ts';

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

test('the commands of the page go to where it was read', async () => {
  const gateway = await startGateway();
  const { host } = new URL(gateway.url);
  const originAt = async (name: string) => {
    const request = raw('GET /docs HTTP/1.1', [`Host: ${name}`, 'Connection: close']);
    return /ORIGIN=(.*)/.exec((await sendLast(gateway.url, request)).text)?.[1];
  };
  for (const good of [host, 'tickets.example.com', '[::1]:8080']) expect(await originAt(good)).toBe(`http://${good}`);
  for (const hostile of ['$(id)', "';id", '`id`', 'a.example&b', '<b>', '']) {
    expect(await originAt(hostile), hostile).toBe('http://localhost:3000');
  }
});

test('the root leads to the page', async () => {
  const gateway = await startGateway();
  const response = await fetch(gateway.url, { redirect: 'manual' });
  expect([response.status, response.headers.get('location')]).toEqual([302, '/docs']);
});

test('its schemas have names that no generated client has for something else', async () => {
  const { components } = await readDocument();
  const names = Object.keys(components.schemas);
  // Constructors of Order and Event in Go.
  expect(names.filter((name) => name.startsWith('New'))).toEqual([]);
  const browser = new Set(await typesOfBrowser());
  expect(browser).toContain('Event');
  expect(names.filter((name) => browser.has(name) || name in globalThis)).toEqual([]);
});

test('nobody is asked for a field that has a default', async () => {
  const { components } = await readDocument();
  const requests = Object.entries(components.schemas).filter(([name]) => name.endsWith('Request'));
  expect(requests.length).toBeGreaterThan(8);
  expect(requests.filter(([, schema]) => JSON.stringify(schema).includes('"default":')).map(([name]) => name)).toEqual(
    [],
  );
});

test('every body and answer in JSON has an example, which fits its schema', () => {
  const examples = callExamples();
  for (const operation of allOperations.filter(({ id }) => id !== 'readOpenApi')) {
    const { body, answers = {} } = examples[operation.id] ?? {};
    if (operation.body) expect(operation.body.safeParse(body).error, operation.id).toBeUndefined();
    for (const [status, { schema }] of Object.entries(operation.answers)) {
      const example = answers[Number(status)];
      expect(schema?.safeParse(example).error, `${operation.id} ${status}`).toBeUndefined();
      if (!schema) expect(example, `${operation.id} ${status}`).toBeUndefined();
    }
  }
});

/** What TypeScript's library for browsers declares. */
async function typesOfBrowser(): Promise<string[]> {
  const library = await readFile(fileURLToPath(import.meta.resolve('typescript/lib/lib.dom.d.ts')), 'utf8');
  return [...library.matchAll(/^(?:interface|type|declare var) (\w+)/gm)].map(([, name = '']) => name);
}

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
