import type { Handling } from './handle.ts';
import type { DeadLetter } from './letter.ts';
import type { Content, WholeLetter } from './show.ts';

const COLUMNS = ['ID', 'TIME', 'SOURCE', 'CODE', 'ORDER', 'AMOUNT', 'REPLAYS', 'REASON'];
const MAX_REASON_LENGTH = 120;

/** Dead letters as a table; amounts are in minor units. */
export function table(letters: DeadLetter[]): string {
  const rows = [COLUMNS, ...letters.map(cells)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** One dead letter with all that is in it. */
export function wholeText({ key, headers, value, ...letter }: WholeLetter): string {
  const fields = Object.entries({ ...letter, key }).map(([name, field]) => line(name, textOf(field)));
  const headerLines = Object.entries(headers).flatMap(([name, given]) =>
    [given].flat().map((text) => line(visible(name), visible(text))),
  );
  return [...fields, 'headers', ...headerLines, 'value', indented(valueText(value))].join('\n');
}

/** One line for programs: JSON that no terminal takes for commands. */
export function json(content: unknown, indent?: number): string {
  return JSON.stringify(content, undefined, indent).replace(/[\p{Cf}\u007f-\u009f\p{Zl}\p{Zp}]/gu, escaped);
}

/** What became of a dead letter, in a sentence. */
export function sentence({ letter, handled }: Handling): string {
  const id = visible(letter.id);
  switch (handled.kind) {
    case 'replayed':
      return `${id} is in ${handled.to} again`;
    case 'settled':
      return `${id} was settled: ${handled.as}`;
    case 'discarded':
      return `${id} was discarded`;
    case 'failed':
      return `${id} is still open: ${visible(handled.reason)}`;
  }
}

/** Text in which whatever a terminal would not show, or would obey, is escaped. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('');
}

function cells(letter: DeadLetter): string[] {
  const { id, time, source, code, orderId, amount, currency, replayCount, reason, handled } = letter;
  const money = amount === null ? '-' : `${amount} ${currency ?? ''}`.trim();
  const why = `${handled === null ? '' : `[${handled}] `}${reason.replace(/\s+/g, ' ')}`;
  const short = why.length > MAX_REASON_LENGTH ? `${why.slice(0, MAX_REASON_LENGTH)}…` : why;
  return [id, time.toISOString(), source, code, orderId ?? '-', money, String(replayCount), short].map(visible);
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(20)} ${text}`.trimEnd();
}

function textOf(field: string | number | Date | null): string {
  if (field === null) return '-';
  return field instanceof Date ? field.toISOString() : visible(String(field));
}

function valueText(value: Content): string {
  if (value === null) return '(none)';
  if ('json' in value) return json(value.json, 2);
  return 'text' in value ? visible(value.text) : `base64: ${value.base64}`;
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}
