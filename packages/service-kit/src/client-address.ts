import { isIPv4 } from 'node:net';
import type { Request } from 'express';
import ipaddr from 'ipaddr.js';
import proxyaddr from 'proxy-addr';

/**
 * What counts as one client, for limits among others: an IPv4 address, or the /64 network of an IPv6 one, since that is
 * what a single household or server gets. It is the same however a proxy spells the address. A client of which trusted
 * proxies say nothing that is an address counts as the proxy that said so.
 */
export function clientAddress(request: Request): string {
  const [client] = addressesOf(request);
  return client === undefined ? 'unknown' : clientOf(client);
}

/**
 * The addresses that a request came through, one spelling for each: the client's first, as far as trusted proxies tell,
 * and last the peer's. What is no address is left out. Empty if the connection is gone.
 */
export function addressesOf(request: Request): string[] {
  return [...request.ips, request.socket.remoteAddress].flatMap((hop) => canonical(hop) ?? []);
}

/**
 * Express' `trust proxy` for a list of addresses, networks and Express' names, which compares addresses by value: a proxy
 * is trusted whether or not it comes with a port, a zone, or as an IPv4-mapped address.
 * @throws {TypeError} if the list has something else
 */
export function trustedProxies(list: string | false): (address: string, hop: number) => boolean {
  if (list === false) return () => false;
  const isTrusted = proxyaddr.compile(list.split(',').map((each) => each.trim()));
  return (address, hop) => {
    const known = canonical(address);
    return known !== undefined && isTrusted(known, hop);
  };
}

/** The longest there is, with brackets, zone and port, has some 80 characters. */
const MAX_LENGTH = 100;

/** RFC 7239 section 6: a hop may have a port, or a name for one. */
const WITH_PORT = /^(?:\[([^\]]*)\]|(\d+\.\d+\.\d+\.\d+))(?::[\w.-]*)?$/;
/** RFC 3986 would have brackets here; what remains without the port must then be an address. */
const BARE_PORT = /:\d{1,5}$/;

/** An address in one spelling, without port and zone, and IPv4 as such; undefined for what is none. */
function canonical(hop: string | undefined): string | undefined {
  // Most are, and it has one spelling only.
  if (hop === undefined || isIPv4(hop)) return hop;
  if (hop.length > MAX_LENGTH) return undefined;
  const unquoted = hop.trim().replace(/^"(.*)"$/, '$1');
  const [, bracketed, withPort] = WITH_PORT.exec(unquoted) ?? [];
  const [address = ''] = (bracketed ?? withPort ?? unquoted).split('%', 1);
  return ipv4(address) ?? ipv6(address) ?? ipv6(address.replace(BARE_PORT, ''));
}

/** Some proxies fill parts up with zeros. Read as octal, as C would, it were another address. */
function ipv4(text: string): string | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return undefined;
  const plain = text.split('.').map(Number).join('.');
  return isIPv4(plain) ? plain : undefined;
}

function ipv6(text: string): string | undefined {
  return ipaddr.IPv6.isValid(text) ? ipaddr.process(text).toString() : undefined;
}

/** Where the IPv4 address of a client is, in 16-bit parts, that a translator or tunnel on the way shows as an IPv6 one. */
const EMBEDDED: Partial<Record<string, number>> = {
  // https://www.rfc-editor.org/rfc/rfc7915 section 5.2, and https://www.rfc-editor.org/rfc/rfc6052 section 2.2
  rfc6145: 6,
  rfc6052: 6,
  // https://www.rfc-editor.org/rfc/rfc3056 section 2: a single IPv4 address has a whole /48.
  '6to4': 1,
};

function clientOf(address: string): string {
  if (isIPv4(address)) return address;
  const ip = ipaddr.IPv6.parse(address);
  const at = EMBEDDED[ip.range()];
  if (at !== undefined)
    return ip.parts
      .slice(at, at + 2)
      .flatMap((part) => [part >> 8, part & 0xff])
      .join('.');
  const network = ip.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}
