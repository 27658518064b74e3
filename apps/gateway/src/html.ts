/** Markup that needs no escaping any more. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | undefined | false | readonly Part[];

/** Template tag that escapes every part that is not markup itself; nothing is written for undefined and false. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.reduce((text, string, index) => text + render(parts[index - 1]) + string));
}

/** Text in which `code` between backticks is marked up, and blank lines part paragraphs. */
export function prose(text: string): Html {
  const paragraphs = text.split('\n\n').map((paragraph) => html`<p>${withCode(paragraph)}</p>`);
  return html`${paragraphs}`;
}

/** One line of such text. */
export function withCode(text: string): Html {
  return html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

function render(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return String(part).replace(/[&<>"']/g, escape);
  return part.map(render).join('');
}

function escape(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
