import { json, shortened, table, visible } from '@ticketing/service-kit/terminal-text';
import { amountText } from '../amount-text.ts';
import type { Handling } from './handle.ts';
import type { DeadLetter } from './letter.ts';
import type { Content, WholeLetter } from './show.ts';

const COLUMNS = ['ID', 'TIME', 'SOURCE', 'CODE', 'ORDER', 'AMOUNT', 'REPLAYS', 'REASON'];

/** Dead letters as a table. */
export function letterTable(letters: DeadLetter[]): string {
  return table(COLUMNS, letters.map(cells));
}

/** One dead letter with all that is in it. */
export function wholeText({ key, headers, value, ...letter }: WholeLetter): string {
  const { amountMinor, currency, attempts, replayCount, handled, ...about } = letter;
  const amount = amountText(amountMinor, currency);
  const fields = Object.entries({ ...about, amount, attempts, replayCount, handled, key }).map(([name, field]) =>
    line(name, textOf(field)),
  );
  const headerLines = Object.entries(headers).flatMap(([name, given]) =>
    [given].flat().map((text) => line(visible(name), visible(text))),
  );
  return [...fields, 'headers', ...headerLines, 'value', indented(valueText(value))].join('\n');
}

/** What became of a dead letter, in a sentence. */
export function sentence({ letter, handled }: Handling): string {
  const id = visible(letter.id);
  switch (handled.kind) {
    case 'replayed':
      return `${id} is in ${handled.to} again`;
    case 'settled':
      return `${id} was settled: ${handled.as}`;
    case 'refunded':
      return `${id} was refunded (${visible(handled.how)})`;
    case 'discarded':
      return `${id} was discarded`;
    case 'failed':
      return `${id} is still open: ${visible(handled.reason)}`;
  }
}

function cells(letter: DeadLetter): string[] {
  const { id, time, source, code, orderId, amountMinor, currency, replayCount, reason, handled } = letter;
  const amount = amountText(amountMinor, currency);
  const why = shortened(`${handled === null ? '' : `[${handled}] `}${reason}`);
  return [id, time.toISOString(), source, code, orderId ?? '-', amount, String(replayCount), why];
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
