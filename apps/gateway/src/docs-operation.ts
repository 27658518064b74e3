import type { oas31 } from 'zod-openapi';
import { boundsOf, fieldsOf, typeOf } from './docs-schema.ts';
import { html, prose, withCode, type Html } from './html.ts';
import { placeholders } from './openapi-examples.ts';
import { isReference, resolve } from './openapi-schema.ts';
import type { Document } from './openapi.ts';

export interface Call {
  method: string;
  path: string;
  operation: oas31.OperationObject;
}

/** One operation, with everything that a caller needs to know. */
export function operationSection({ method, path, operation }: Call, document: Document): Html {
  const id = operation.operationId ?? '';
  const json = jsonBody(operation);
  const responses = Object.entries(operation.responses ?? {}) as [string, oas31.ResponseObject][];
  const parameters = (operation.parameters ?? []) as oas31.ParameterObject[];
  return html`<article id="${id}" aria-labelledby="${id}-title">
    <h3 id="${id}-title">${withCode(operation.summary ?? id)}</h3>
    <p class="call"><span class="method ${method}">${method.toUpperCase()}</span> <code>${withBreaks(path)}</code></p>
    ${prose(operation.description ?? '')}
    ${
      parameters.length > 0 &&
      html`<h4>Parameters</h4>
        ${parametersTable(parameters)}`
    }
    ${json?.schema && isReference(json.schema) && html`<h4>Body: ${typeOf(json.schema)}</h4>`}
    ${json?.schema && bodyFields(json.schema, document)}
    <h4>Answers</h4>
    ${answersTable(responses)}
    <details>
      <summary>Errors</summary>
      ${errorsTable(responses)}
    </details>
    <details open>
      <summary>Try it</summary>
      <pre tabindex="0"><code>${curl(method, path, operation)}</code></pre>
    </details>
  </article>`;
}

function bodyFields(schema: oas31.SchemaObject | oas31.ReferenceObject, document: Document): Html | false {
  const resolved = resolve(schema, document);
  return resolved.properties !== undefined && fieldsOf(resolved);
}

function parametersTable(parameters: oas31.ParameterObject[]): Html {
  const rows = parameters.map(({ name, in: place, required, description, schema }) => {
    const notes = [schema && boundsOf(schema), description].filter((note) => note !== undefined && note !== '');
    return html`<tr>
      <td><code>${name}</code>${required === true && html` <span class="required">required</span>`}</td>
      <td>${place}</td>
      <td>${schema && typeOf(schema)}</td>
      <td>${withCode(notes.join('. '))}</td>
    </tr>`;
  });
  return table(['Name', 'In', 'Type', 'Notes'], rows);
}

function answersTable(responses: [string, oas31.ResponseObject][]): Html {
  const rows = responses.flatMap(([status, { description, content, headers }]) => {
    const bodies = Object.entries(content ?? {}).filter(([type]) => type !== PROBLEM);
    if (bodies.length === 0 && content) return [];
    const own = Object.keys(headers ?? {}).filter((name) => name !== 'X-Request-Id' && name !== 'Retry-After');
    const [type, body] = bodies[0] ?? [];
    return html`<tr>
      <td><code>${status}</code></td>
      <td>${description.split('; ')[0]}${own.length > 0 && html`, with ${withCode(own.map(quote).join(', '))}`}</td>
      <td>${type === 'application/json' && body?.schema ? typeOf(body.schema) : (type ?? 'no body')}</td>
    </tr>`;
  });
  return table(['Status', 'Meaning', 'Body'], rows);
}

function errorsTable(responses: [string, oas31.ResponseObject][]): Html {
  const rows = responses.flatMap(([status, { content }]) =>
    Object.entries((content?.[PROBLEM]?.examples ?? {}) as Record<string, oas31.ExampleObject>).map(
      ([code, { summary }]) =>
        html`<tr>
          <td><code>${status}</code></td>
          <td><code>${code}</code></td>
          <td>${summary}</td>
        </tr>`,
    ),
  );
  return table(['Status', 'Code', 'Meaning'], rows);
}

const PROBLEM = 'application/problem+json';

function table(heads: string[], rows: Html[]): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** A command to paste into a shell where the variables that it names are set. */
function curl(method: string, path: string, operation: oas31.OperationObject): string {
  const lines = [`curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} "$ORIGIN${shellPath(path)}"`];
  if (operation.security?.some((scheme) => 'bearer' in scheme)) lines.push(`-H "Authorization: Bearer $TOKEN"`);
  const json = jsonBody(operation);
  if (json?.example !== undefined) {
    lines.push(`-H 'Content-Type: application/json'`);
    lines.push(`-d '${withVariables(JSON.stringify(json.example, null, 2).replaceAll("'", String.raw`'\''`))}'`);
  }
  return lines.join(' \\\n  ');
}

/** Text between single quotes, in which what the caller has to fill in is left to variables. */
function withVariables(text: string): string {
  return Object.entries(placeholders).reduce((rest, [name, value]) => rest.replaceAll(value, `'"$${name}"'`), text);
}

/** `/orders/{id}` → `/orders/$ID` */
function shellPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => `$${name.toUpperCase()}`);
}

function jsonBody(operation: oas31.OperationObject): oas31.MediaTypeObject | undefined {
  return (operation.requestBody as oas31.RequestBodyObject | undefined)?.content['application/json'];
}

/** Long paths may be broken at their slashes. */
function withBreaks(path: string): Html {
  return html`${path.split('/').map((part, index) => [index > 0 && html`<wbr />/`, part])}`;
}

function quote(name: string): string {
  return `\`${name}\``;
}
