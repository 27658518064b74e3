import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';

/** A variable of the environment: read from its text, or refused by a message for whoever set it. */
export type Variable<Value> = z.ZodType<Value, string>;

export interface VariableOptions<Value> {
  /** What is right, as the message has it: `must be a port`. A function knows a usual mistake by the text. */
  must: string | ((text: string) => string);
  /** Gets the text without spaces around it; undefined: it is wrong. */
  read: (text: string) => Value | undefined;
  /** The message then never has the value. */
  isSecret?: boolean;
}

/** A variable of any kind. Its message says what is right, and what was given unless that is a secret. */
export function variable<Value>({ must, read, isSecret = false }: VariableOptions<Value>): Variable<Value> {
  return z.string().transform((given, context) => {
    const text = given.trim();
    const value = read(text);
    if (value === undefined) context.addIssue(refusal(must, isSecret, text));
    return value as Value;
  });
}

/** A list, separated by commas, of at least one; what is in it twice counts once. The message has the part that is wrong. */
export function list<Item extends string>({ must, read, isSecret = false }: VariableOptions<Item>): Variable<Item[]> {
  return z.string().transform((given, context) => {
    const parts = given.split(',').flatMap((part) => part.trim() || []);
    const items = parts.map(read);
    const wrong =
      parts.find((_, index) => items[index] === undefined) ?? (parts.length === 0 ? given.trim() : undefined);
    if (wrong !== undefined) context.addIssue(refusal(must, isSecret, wrong));
    return [...new Set(items)] as Item[];
  });
}

const MAX_SHOWN = 60;

function refusal(expected: VariableOptions<unknown>['must'], isSecret: boolean, text: string): string {
  const must = typeof expected === 'string' ? expected : expected(text);
  // A secret may have got into the wrong variable, or into an address.
  if (isSecret || /(^|[^a-z])(sk|rk|whsec)_|:\/\/[^/]*@/i.test(text)) return must;
  const start = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return `${must}, not ${/^[\w.:/@+*…-]+$/.test(start) ? start : JSON.stringify(start)}`;
}

/** Decimal digits only; both bounds included. */
export function wholeNumber(min: number, max: number): Variable<number> {
  return variable({
    must: `must be a whole number between ${min} and ${max}`,
    read: (text) => within(/^-?\d+$/, text, min, max),
  });
}

/** Such as 0.1; both bounds included. */
export function decimalNumber(min: number, max: number): Variable<number> {
  return variable({
    must: `must be a number between ${min} and ${max}`,
    read: (text) => within(/^-?\d+(\.\d+)?$/, text, min, max),
  });
}

function within(form: RegExp, text: string, min: number, max: number): number | undefined {
  const number = form.test(text) ? Number(text) : NaN;
  return number >= min && number <= max ? number : undefined;
}

/** A port of TCP; `min` 0 allows 0, which means any free one. */
export function port(min: 0 | 1 = 0): Variable<number> {
  return variable({
    must: `must be a port, a whole number between ${min} and 65535`,
    read: (text) => within(/^\d+$/, text, min, 65_535),
  });
}

/** One of some words, spelled like this. */
export function choice<const Word extends string>(...words: [Word, Word, ...Word[]]): Variable<Word> {
  return variable({
    must: words.length === 2 ? `must be ${words.join(' or ')}` : `must be one of ${words.join(', ')}`,
    read: (text) => words.find((word) => word === text),
  });
}

/** At least 32 characters, kept as they are. RFC 7518 section 3.2: an HS256 key is at least as long as the hash, 32 bytes. */
export const signingSecret = z.string().min(32, 'must have at least 32 characters');

/** An address or a name of this machine, to listen on. */
export const listenHost = variable({
  must: 'must be an address or a host name to listen on, such as 127.0.0.1',
  read: (text) => (isHost(text) || isIP(text) ? text : undefined),
});

const HOST = /^(?=[^.]*[a-z]|\d{1,3}(\.\d{1,3}){3}$)[a-z\d_]([\w-]*[a-z\d])?(\.[a-z\d_]([\w-]*[a-z\d])?)*$/i;

/** Whether it is a host name or an IPv4 address by its form. */
const isHost = (text: string): boolean => HOST.test(text) && URL.canParse(`http://${text}`);

/** Where a server is that is called by HTTP, without a path: `http://127.0.0.1:3001`. */
export const httpOrigin = variable({
  must: 'must be an address such as http://127.0.0.1:3001, with http:// or https:// and without a path',
  read: (text) => originOf(text, ['http:', 'https:']),
});

/** The address without a slash at its end, as browsers write it; undefined if there is more to it. */
export function originOf(text: string, protocols: string[]): string | undefined {
  if (!/^[a-z]+:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, host, username, pathname, search, hash } = new URL(text);
  const isBare = ['', '/'].includes(pathname) && !username && !/[?#@\s]/.test(text) && !search && !hash;
  return protocols.includes(protocol) && host && isBare ? `${protocol}//${host}` : undefined;
}

/** An address of HTTP that may have a path. */
export const httpUrl = variable({
  must: 'must be an http:// or https:// URL',
  read: (text) => (isUrl(text, ['http:', 'https:']) ? text : undefined),
});

/** An address of Postgres. */
export const postgresUrl = variable({
  must: 'must be a URL such as postgresql://user:password@host:5432/database, with the password percent-encoded',
  read: (text) => (isUrl(text, ['postgresql:', 'postgres:']) ? text : undefined),
  isSecret: true,
});

/** An address of Redis. */
export const redisUrl = variable({
  must: 'must be a URL such as redis://host:6379 or rediss://user:password@host:6379, with the password percent-encoded',
  read: (text) => (isUrl(text, ['redis:', 'rediss:']) && new URL(text).hostname ? text : undefined),
  isSecret: true,
});

function isUrl(text: string, protocols: string[]): boolean {
  return /^[a-z]+:\/\/[^\s]+$/i.test(text) && URL.canParse(text) && protocols.includes(new URL(text).protocol);
}

/** Some of Kafka's brokers; the others are found through them. */
export const brokers = list({
  must: 'must list brokers as host:port, separated by commas',
  read: (text) => {
    const [, host = '', number = ''] = /^([^:]*):(\d+)$/.exec(text) ?? [];
    return isHost(host) && within(/^\d+$/, number, 1, 65_535) !== undefined ? text : undefined;
  },
});

/** A file of certificates, which has to be there. */
export const certificateFile = variable({
  must: 'must be a file of PEM certificates that can be read',
  read: (text) => (isCertificateFile(text) ? text : undefined),
});

function isCertificateFile(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').includes('-----BEGIN CERTIFICATE-----');
  } catch {
    return false;
  }
}
