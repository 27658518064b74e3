import { createHash } from 'node:crypto';
import type { oas31 } from 'zod-openapi';
import { operationSection, type Call } from './docs-operation.ts';
import { fieldsOf } from './docs-schema.ts';
import { style } from './docs-style.ts';
import { Html, html, prose } from './html.ts';
import type { Document } from './openapi.ts';

/** Nothing but the page's own style may load, and nothing may run (https://www.w3.org/TR/CSP3/). */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The API reference as one page of HTML, without scripts and without any other host. Its commands go to the origin that it
 * is asked for with, which must be fit for a shell.
 */
export function docsPage(document: Document): (origin: string) => string {
  const [before = '', after = ''] = render(document).split(ORIGIN);
  return (origin) => `${before}${origin}${after}`;
}

/** Where the origin goes; occurs once. */
const ORIGIN = '{origin}';

function render(document: Document): string {
  const groups = groupByTag(document);
  const { title, description } = document.info;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <a class="skip" href="#content">Skip to content</a>
        <div class="page">
          <nav aria-label="Operations">${groups.map(([tag, calls]) => navigation(tag, calls))}</nav>
          <main id="content">
            <h1>${title}</h1>
            ${prose(description ?? '')}
            <p>The same as a document for tools: <a href="/openapi.json">OpenAPI 3.1</a>.</p>
            <h4>For the commands below</h4>
            <pre tabindex="0"><code>${SHELL_VARIABLES}</code></pre>
            ${groups.map(
              ([tag, calls]) =>
                html`<section aria-labelledby="tag-${tag}">
                  <h2 id="tag-${tag}">${tag}</h2>
                  ${calls.map((call) => operationSection(call, document))}
                </section>`,
            )}
            <section aria-labelledby="schemas">
              <h2 id="schemas">Schemas</h2>
              ${Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => schemaSection(name, schema))}
            </section>
          </main>
        </div>
      </body>
    </html>`;
  return page.text;
}

const SHELL_VARIABLES = `ORIGIN=${ORIGIN}
TOKEN=…           # accessToken, from signing in
REFRESH_TOKEN=…   # refreshToken, from signing in
ID=…              # of the event or order in the path
EVENT_ID=…        # of the event to order for, and of one of its ticket types
TICKET_TYPE_ID=…
CODE=…            # of the ticket`;

function groupByTag(document: Document): [string, Call[]][] {
  const calls = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, oas31.OperationObject>).map(([method, operation]) => ({
      method,
      path,
      operation,
    })),
  );
  return (document.tags ?? []).map(({ name }) => [name, calls.filter((call) => call.operation.tags?.includes(name))]);
}

function navigation(tag: string, calls: Call[]): Html {
  const links = calls.map(
    ({ method, path, operation }) =>
      html`<li>
        <a href="#${operation.operationId}" title="${operation.summary}"
          ><span class="method ${method}">${method.toUpperCase()}</span><span>${path}</span></a
        >
      </li>`,
  );
  return html`<h2>${tag}</h2>
    <ul>
      ${links}
    </ul>`;
}

function schemaSection(name: string, schema: oas31.SchemaObject | oas31.ReferenceObject): Html {
  return html`<article id="schema-${name}">
    <h3>${name}</h3>
    ${fieldsOf(schema as oas31.SchemaObject)}
  </article>`;
}
