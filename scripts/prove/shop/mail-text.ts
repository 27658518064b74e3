/** What of an email is compared with the books. */
export interface MailText {
  messageId: string;
  subject: string;
  /** Its plain part; empty if it has none. */
  text: string;
}

/** Reads an email (RFC 5322, RFC 2045), as much as ours need, with nothing of what was used to write it. */
export function readMailText(bytes: Buffer): MailText {
  const mail = partOf(bytes.toString('latin1'));
  const plain = findPlain(mail);
  return {
    messageId: (mail.headers.get('message-id') ?? '').replace(/^<|>$/g, ''),
    subject: mail.headers.get('subject') ?? '',
    text: plain ? decoded(plain).replaceAll('\r\n', '\n') : '',
  };
}

interface Part {
  /** By their names in lower case, unfolded. */
  headers: Map<string, string>;
  /** A character for each byte. */
  body: string;
}

function partOf(text: string): Part {
  const end = text.indexOf('\r\n\r\n');
  const lines = text
    .slice(0, end)
    .replaceAll(/\r\n(?=[ \t])/g, '')
    .split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { headers: new Map(headers), body: text.slice(end + 4) };
}

function findPlain(part: Part): Part | undefined {
  const type = part.headers.get('content-type') ?? 'text/plain';
  if (/^text\/plain\b/i.test(type)) return part;
  const boundary = /^multipart\/.*\bboundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary === undefined) return undefined;
  const [, ...parts] = `\r\n${part.body}`.split(`\r\n--${boundary}`);
  for (const one of parts) {
    const plain = one.startsWith('--') ? undefined : findPlain(partOf(one.replace(/^\r\n/, '')));
    if (plain) return plain;
  }
  return undefined;
}

function decoded({ headers, body }: Part): string {
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase();
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  const bytes =
    encoding === 'quoted-printable'
      ? body
          .replaceAll(/=[ \t]*\r\n/g, '')
          .replaceAll(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      : body;
  return Buffer.from(bytes, 'latin1').toString();
}
