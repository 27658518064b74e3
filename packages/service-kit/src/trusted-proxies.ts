import { isIP } from 'node:net';
import { list, type Variable } from './variable.ts';

/** Networks that Express knows by name (https://expressjs.com/en/guide/behind-proxies.html). */
const NAMES = ['loopback', 'linklocal', 'uniquelocal'];

/**
 * Proxies in front whose `X-Forwarded-For` is believed, for Express' `trust proxy`; `none`: false. How many there are
 * (`1`) is no answer: whoever reaches the service past them could claim any address.
 */
export const trustedProxies: Variable<string | false> = list({
  must: 'must be none, or list addresses, networks such as 10.0.0.0/8, loopback, linklocal or uniquelocal',
  read: (text) => (text === 'none' || NAMES.includes(text) || isNetwork(text) ? text : undefined),
})
  .refine((proxies) => proxies.length === 1 || !proxies.includes('none'), {
    error: ({ input }) => `must be none alone, or a list without it, not ${(input as string[]).join(',')}`,
  })
  .transform((proxies) => (proxies[0] === 'none' ? false : proxies.join(', ')));

/** An address, or a network by the length of its prefix. */
function isNetwork(text: string): boolean {
  const [, address = '', length] = /^([\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const bits = { 4: 32, 6: 128 }[isIP(address)];
  return bits !== undefined && (length === undefined || (Number(length) >= 1 && Number(length) <= bits));
}
