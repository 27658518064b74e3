import { request as httpRequest } from 'node:http';
import { operation } from '@ticketing/types/operation';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { addressesOf, clientAddress, trustedProxies } from '../src/client-address.ts';
import { createHttpApp } from '../src/http-app.ts';
import { listen, type ListeningServer } from '../src/http-server.ts';
import { silentLog } from '../src/log.ts';

const seen = operation({
  id: 'seen',
  tag: 'Test',
  summary: 'Whom it sees',
  method: 'get',
  path: '/seen',
  access: 'public',
  answers: {
    200: { description: 'Them', schema: z.object({ client: z.string(), addresses: z.array(z.string()) }) },
  },
  errors: [],
});

const servers = new Map<string, Promise<ListeningServer>>();
afterAll(async () => {
  for (const server of servers.values()) await (await server).close();
});

function serverTrusting(proxies: string | false, host: string): Promise<ListeningServer> {
  const name = `${proxies} ${host}`;
  const known = servers.get(name);
  if (known) return known;
  const http = createHttpApp({
    log: silentLog,
    verifyToken: () => {
      throw new Error('Nobody signs in here.');
    },
    corsOrigins: [],
    trustedProxies: proxies,
  });
  http.implement(seen, ({ request }) => ({
    status: 200,
    body: { client: clientAddress(request), addresses: addressesOf(request) },
  }));
  const server = listen(http.finish(), { host, port: 0 });
  servers.set(name, server);
  return server;
}

/** Whom a server sees behind proxies that said this; the peer is 127.0.0.1. */
async function seenBy(forwardedFor: string | undefined, proxies: string | false = 'loopback', host = '127.0.0.1') {
  const { port } = new URL((await serverTrusting(proxies, host)).url);
  // Not fetch, which refuses some of these headers.
  return new Promise<{ client: string; addresses: string[] }>((resolve, reject) => {
    const headers = forwardedFor === undefined ? {} : { 'X-Forwarded-For': forwardedFor };
    const asked = httpRequest({ host: '127.0.0.1', port, path: '/seen', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(JSON.parse(text) as { client: string; addresses: string[] }));
    });
    asked.on('error', reject).end();
  });
}

const hex = (value: number) => value.toString(16);

/** Each way in which proxies write an IPv4 address. */
function spellingsOf4(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const parts = `${hex(a * 256 + b)}:${hex(c * 256 + d)}`;
  const padded = [a, b, c, d].map((part) => String(part).padStart(3, '0')).join('.');
  const plain = [address, padded];
  const mapped = [
    ...[`::ffff:${address}`, `::FFFF:${address}`, `::ffff:${parts}`, `0:0:0:0:0:ffff:${parts}`],
    ...[`0000:0000:0000:0000:0000:ffff:${parts.toUpperCase()}`, `0:0:0:0:0:FFFF:${address}`, `::ffff:${address}%eth0`],
  ];
  const translated = [
    `64:ff9b::${address}`,
    `64:FF9B::${parts}`,
    `::ffff:0:${address}`,
    `2002:${parts}::1`,
    `2002:${parts}:5::9`,
  ];
  return withPorts(plain, [...mapped, ...translated]);
}

/** Each way to write an IPv6 address, in full, and others of the same /64. */
function spellingsOf6(groups: number[]): string[] {
  const short = groups.map(hex).join(':');
  const full = groups.map((group) => hex(group).padStart(4, '0')).join(':');
  const network = groups.slice(0, 4).map(hex).join(':');
  return withPorts(
    [],
    [short, full, full.toUpperCase(), `${short}%eth0`, `${full}%25br-lan.5`, `${network}::1`, `${network}::`],
  );
}

function withPorts(bare: string[], bracketed: string[]): string[] {
  return [
    ...[...bare, ...bracketed].flatMap((each) => [each, `"${each}"`, `\t${each}`, `${each}:54321`]),
    ...bare.flatMap((each) => [`${each}:5678`, `${each}:0`, `${each}:_hidden`, `"${each}:5678"`, `[${each}]:5678`]),
    ...bracketed.flatMap((each) => [`[${each}]`, `[${each}]:443`, `[${each}]:_obf.1`, `"[${each}]:443"`]),
  ];
}

const CLIENTS: { client: string; spellings: string[] }[] = [
  ...['192.0.2.7', '1.2.3.4', '203.0.113.255', '10.0.0.1'].map((client) => ({
    client,
    spellings: spellingsOf4(client),
  })),
  ...[
    [0x2001, 0xdb8, 1, 2, 3, 4, 5, 6],
    [0x2001, 0xdb8, 0, 0, 0xabcd, 0, 0, 1],
    [0xfe80, 0, 0, 0, 0x1, 0xff, 0xfe00, 0x2],
    [0xfd00, 0xff9b, 0xa, 0xbcde, 1, 1, 1, 1],
  ].map((groups) => ({ client: `${groups.slice(0, 4).map(hex).join(':')}::/64`, spellings: spellingsOf6(groups) })),
];

describe('one client is one client', () => {
  test.each(CLIENTS)('$client, however it is spelled', async ({ client, spellings }) => {
    for (const spelling of spellings) {
      expect([spelling, (await seenBy(spelling)).client]).toEqual([spelling, client]);
    }
  });

  test('and another one is another', async () => {
    const different = ['192.0.2.8', '192.0.2.7', '2001:db8:1:3::1', '2001:db8:1:2::1', '::1', '64:ff9c::192.0.2.7'];
    const clients = await Promise.all(different.map(async (each) => (await seenBy(each)).client));
    expect(new Set(clients).size).toBe(different.length);
  });
});

const GARBAGE = [
  ...[
    'unknown',
    '_hidden',
    '-',
    '',
    ' ',
    ',',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '999.1.1.1',
    '1',
    '0x7f.1',
    '1.2.3.4:x y',
  ],
  ...[
    '::g',
    ':::',
    '1:2:3:4:5:6:7:8:9:10',
    '[',
    ']',
    '[]',
    '[]:443',
    '[1.2.3',
    '%',
    '%eth0',
    '"',
    '"":1',
    'for=1.2.3.4',
  ],
  ...[
    '1.2.3.4/24',
    '2001:db8::/32',
    'x'.repeat(5_000),
    `1.2.3.4:${'5'.repeat(5_000)}`,
    '1.2.3.4\u00e9',
    '\u0661.2.3.4',
  ],
];

test.each(GARBAGE)('what is no address counts as the proxy that said so: %j', async (garbage) => {
  const latin1 = Buffer.from(garbage).toString('latin1');
  expect(await seenBy(latin1)).toEqual({ client: '127.0.0.1', addresses: ['127.0.0.1'] });
  // The proxy in between is the nearest that is known.
  const between = await seenBy(`${latin1}, 192.0.2.200`, 'loopback, 192.0.2.200');
  expect([between.client, between.addresses]).toEqual(['192.0.2.200', ['192.0.2.200', '127.0.0.1']]);
});

describe('a proxy is trusted by its address', () => {
  const behind = '198.51.100.1';
  const NAMED: [proxies: string, spellings: string[]][] = [
    ['10.0.0.9', ['10.0.0.9', '10.0.0.9:443', '::ffff:10.0.0.9', '[::ffff:a00:9]:80', '010.000.000.009']],
    ['10.0.0.0/8', ['10.1.2.3:1', '::ffff:10.255.0.1', '[::FFFF:0a01:1]']],
    ['::ffff:10.0.0.9', ['10.0.0.9', '::ffff:a00:9']],
    ['uniquelocal', ['192.168.1.1:99', '[fd00::1%eth0]:443', 'fd00::1', '::ffff:172.16.0.1']],
    ['2001:db8::5', ['2001:DB8:0::5', '[2001:0db8::0005]:443', '2001:db8:0:0:0:0:0:5%2']],
    ['fe80::/10', ['fe80::1%br-lan.5', '[fe80::1%25eth0]:443']],
  ];
  test.each(NAMED)('%s', async (proxies, spellings) => {
    for (const proxy of spellings) {
      const { client } = await seenBy(`${behind}:1234, ${proxy}`, `loopback, ${proxies}`);
      expect([proxy, client]).toEqual([proxy, behind]);
    }
  });

  test('and not by one that only embeds it, or looks like it', async () => {
    for (const other of [
      '64:ff9b::10.0.0.9',
      '2002:a00:9::1',
      '::ffff:0:10.0.0.9',
      '10.0.0.90',
      '10.0.0.9x',
      '10.0.0.8:9',
    ]) {
      const { client } = await seenBy(`${behind}, ${other}`, 'loopback, 10.0.0.9');
      expect([other, client === behind]).toEqual([other, false]);
    }
  });

  test('also where the server listens on IPv6, to which IPv4 peers are mapped', async () => {
    expect((await seenBy(behind, '127.0.0.1', '::')).client).toBe(behind);
    expect((await seenBy(behind, false, '::')).addresses).toEqual(['127.0.0.1']);
  });

  test('what nobody trusted says of itself is not listened to', async () => {
    expect((await seenBy(behind, false)).addresses).toEqual(['127.0.0.1']);
    expect((await seenBy(behind, '192.0.2.1')).addresses).toEqual(['127.0.0.1']);
    expect((await seenBy(`10.9.9.9, ${behind}:80, 127.0.0.1`)).addresses).toEqual([behind, '127.0.0.1', '127.0.0.1']);
  });

  test('what is no address cannot be trusted', () => {
    expect(() => trustedProxies('loopback, foo')).toThrow(TypeError);
  });
});
