import { isIPv6 } from 'node:net';

/**
 * What counts as one client for limits: an IPv4 address, or the /64 network of an IPv6 one, since that is what a single
 * household or server gets.
 */
export function clientAddress(ip: string | undefined): string {
  if (ip === undefined) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped) return mapped;
  const [address = ip] = ip.split('%');
  if (!isIPv6(address)) return ip;
  const [left = '', right = ''] = address.split('::', 2);
  const head = left.split(':').filter(Boolean);
  const tail = right.split(':').filter(Boolean);
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  const network = (address.includes('::') ? [...head, ...zeros, ...tail] : head).slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
