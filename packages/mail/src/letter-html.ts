import { html, type Html } from './html.ts';
import type { Letter } from './letter.ts';
import { QR_SIZE_PX } from './qr.ts';

/**
 * The mail as HTML. It sets no colours but the QR code's white ground, so that it is readable in light and dark; names
 * of other people are in `bdi`, so that they cannot turn the line they stand in.
 * @param cidOf the Content-ID of a ticket's picture, by the ticket's place from 0
 */
export function htmlOf(letter: Letter, cidOf: (index: number) => string): string {
  const { subject, heading, paragraphs, tickets, footer } = letter;
  return html`<!doctype html>
    <html lang="en" dir="ltr">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>${subject}</title>
      </head>
      <body style="margin: 0; padding: 16px">
        <div style="${PAGE}">
          <h1 style="font-size: 22px; margin: 0 0 16px">${heading}</h1>
          ${paragraphs.map((paragraph) => html`<p style="margin: 0 0 12px">${paragraph}</p> `)}
          ${eventFacts(letter.event)} ${tickets.map((ticket, index) => ticketOf(ticket, cidOf(index)))}
          ${orderOf(letter.order)}
          <p style="${SMALL}">${footer}</p>
        </div>
      </body>
    </html> `.markup.replace(/\n\s*/g, '\n');
}

const PAGE =
  'max-width: 560px; margin: 0 auto; font: 16px/1.5 system-ui, -apple-system, Segoe UI, Roboto, Arial, sans-serif; word-break: break-word';
const BLOCK = 'border-top: 1px solid #888888; padding: 16px 0 4px; margin: 8px 0 0';
const SMALL = 'font-size: 14px; opacity: 0.75; margin: 16px 0 0';
/** Scanners need a light ground and a margin, also where the mail program turns everything dark. */
const QR = 'display: block; margin: 8px 0; background: #ffffff; border: 0';

function eventFacts({ title, venue, when }: Letter['event']): Html {
  return html`<div style="${BLOCK}">
    <p style="margin: 0 0 12px">
      <strong><bdi>${title}</bdi></strong
      ><br />
      ${when.start} to ${when.end}<br />
      (${when.zone})<br />
      <bdi>${venue}</bdi>
    </p>
  </div>`;
}

function ticketOf({ label, name, code }: Letter['tickets'][number], cid: string): Html {
  return html`<div style="${BLOCK}">
    <p style="margin: 0">
      ${label}<br /><strong><bdi>${name}</bdi></strong>
    </p>
    <img src="cid:${cid}" width="${QR_SIZE_PX}" height="${QR_SIZE_PX}" alt="QR code of ${code}" style="${QR}" />
    <p style="margin: 0 0 12px">Code: <code>${code}</code></p>
  </div> `;
}

function orderOf({ id, lines, total }: Letter['order']): Html {
  return html`<div style="${BLOCK}">
    <p style="margin: 0 0 12px">
      Order ${id}<br />
      ${lines.map(({ what, price }) => html`<bdi>${what}</bdi>: ${price}<br />`)} Total: <strong>${total}</strong>
    </p>
  </div>`;
}
