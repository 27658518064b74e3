import { connect } from 'node:net';

export interface RawAnswer {
  /** Of each answer on the connection, in order. */
  statuses: number[];
  text: string;
}

/**
 * Writes bytes to a connection as they are, and behind them a request that asks to close it: where the connection is still
 * good, that is the last answer. What no HTTP client would send can only be sent like this.
 */
export function sendRaw(url: string, bytes: string): Promise<RawAnswer> {
  return sendLast(url, bytes + raw('GET /health/live HTTP/1.1', ['Connection: close']));
}

/** As `sendRaw`, with nothing behind: for what closes the connection by itself. */
export async function sendLast(url: string, bytes: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(Buffer.from(bytes, 'latin1'));
  const parts: Buffer[] = [];
  try {
    for await (const part of socket) parts.push(part as Buffer);
  } catch {
    // A server may also cut the connection: then what came before counts.
  }
  const text = Buffer.concat(parts).toString('latin1');
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  return { statuses, text };
}

/** A request's bytes: its first line and headers, a Host among them unless one is given, and then whatever follows. */
export function raw(firstLine: string, headers: string[] = [], rest = ''): string {
  const host = headers.some((line) => /^host:/i.test(line)) ? [] : ['Host: shop.example'];
  return `${[firstLine, ...host, ...headers].join('\r\n')}\r\n\r\n${rest}`;
}
