import type { Letter } from './letter.ts';

/** The mail for readers without HTML. */
export function textOf({ heading, paragraphs, event, tickets, order, footer }: Letter): string {
  const { start, end, zone } = event.when;
  const blocks = [
    [heading],
    ...paragraphs.map((paragraph) => [paragraph]),
    [event.title, `${start} to ${end}`, `(${zone})`, event.venue],
    ...tickets.map(({ label, name, code }) => [label, name, `Code: ${code}`]),
    [`Order ${order.id}`, ...order.lines.map(({ what, price }) => `${what}: ${price}`), `Total: ${order.total}`],
    [footer],
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
