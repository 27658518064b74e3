import type { oas31 } from 'zod-openapi';
import { html, withCode, type Html } from './html.ts';
import { isReference, nameOf, type Schema } from './openapi-schema.ts';

/** A schema's type in a few words: `string (uuid)`, `list of TicketType`, `EUR | null`, with links to named schemas. */
export function typeOf(schema: Schema): Html {
  if (isReference(schema)) return html`<a href="#schema-${nameOf(schema.$ref)}">${nameOf(schema.$ref)}</a>`;
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum) {
    return html`${schema.enum.map((value, index) => [index > 0 && ' | ', html`<code>${String(value)}</code>`])}`;
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return html`${choices.map((choice, index) => [index > 0 && ' | ', typeOf(choice)])}`;
  if (schema.type === 'array' && schema.items) return html`list of ${typeOf(schema.items)}`;
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object' && !schema.properties) {
    return html`map of ${typeOf(schema.additionalProperties)}`;
  }
  const [type = 'anything', ...others] = [schema.type ?? []].flat();
  const format = schema.format && schema.format !== type && ` (${schema.format})`;
  return html`${type}${format}${others.map((other) => ` | ${other}`)}`;
}

/** The bounds of a value, in words: `1 to 200 characters`. */
export function boundsOf(schema: Schema): string {
  if (isReference(schema)) return '';
  const { minLength, maxLength, minItems, maxItems, minimum, maximum } = schema;
  const choice = schema.anyOf?.map(boundsOf).find(Boolean);
  return [
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' items'),
    range(minimum, maximum, ''),
    schema.default !== undefined && `default ${JSON.stringify(schema.default)}`,
    choice,
  ]
    .filter(Boolean)
    .join(', ');
}

/** A table of an object's fields; those of objects inside it are rows too, with their paths. */
export function fieldsOf(schema: oas31.SchemaObject): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Type</th>
          <th scope="col">Notes</th>
        </tr>
      </thead>
      <tbody>
        ${rowsOf(schema, '')}
      </tbody>
    </table>
  </div>`;
}

function rowsOf(schema: oas31.SchemaObject, prefix: string): Html[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const notes = [boundsOf(field), field.description].filter((note) => note !== undefined && note !== '').join('. ');
    const isRequired = schema.required?.includes(name);
    const row = html`<tr>
      <td><code>${prefix}${name}</code>${isRequired === true && html` <span class="required">required</span>`}</td>
      <td>${typeOf(field)}</td>
      <td>${withCode(notes)}</td>
    </tr>`;
    return [row, ...innerRows(field, `${prefix}${name}`)];
  });
}

function innerRows(field: Schema, path: string): Html[] {
  if (isReference(field)) return [];
  if (field.properties) return rowsOf(field, `${path}.`);
  return field.type === 'array' && field.items ? innerRows(field.items, `${path}[]`) : [];
}

function range(min: number | undefined, max: number | undefined, unit: string): string | undefined {
  if (min === undefined && max === undefined) return undefined;
  const number = (value: number) => value.toLocaleString('en');
  if (min === max && min !== undefined) return `${number(min)}${unit}`;
  if (max === undefined) return `at least ${number(min ?? 0)}${unit}`;
  return min === undefined ? `up to ${number(max)}${unit}` : `${number(min)} to ${number(max)}${unit}`;
}
