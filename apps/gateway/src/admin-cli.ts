import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { fstatSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { Registration, type User } from '@ticketing/types/account';
import { AccountEmail } from '@ticketing/types/primitives';
import { commonVariables, ConfigError, readConfig } from '@ticketing/service-kit/config';
import { check } from '@ticketing/service-kit/fault';
import { openPool } from '@ticketing/service-kit/postgres';
import { ProblemError } from '@ticketing/service-kit/problem';
import { createUser } from './accounts.ts';
import { openDatabase, type Database } from './database.ts';
import { hashPassword } from './passwords.ts';
import { HELP } from './admin-help.mjs';

/** What came of it; `password` only where one was made. */
type Outcome = { kind: 'created'; user: User; password?: string } | { kind: 'promoted' | 'already-admin'; user: User };

/** Something the caller has to change; said without a stack trace. */
class UsageError extends Error {}

const EXIT_USAGE = 2;
const EXIT_CONFIG = 78;

async function main(): Promise<number> {
  try {
    const { values, positionals } = readArguments();
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    const [command, email, ...rest] = positionals;
    if (command !== 'create' || email === undefined || rest.length > 0) throw new UsageError(HELP);
    const outcome = await withDatabase((db) => create(db, email, values));
    console.log(values.json ? JSON.stringify(outcome) : sentence(outcome));
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? messageOf(error) : error);
    if (error instanceof ConfigError) return EXIT_CONFIG;
    return error instanceof UsageError ? EXIT_USAGE : 1;
  }
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        name: { type: 'string', default: 'Admin' },
        promote: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${HELP}`, { cause: error });
  }
}

async function withDatabase<Result>(work: (db: Database) => Promise<Result>): Promise<Result> {
  const { DATABASE_URL: url } = commonVariables(0);
  const config = readConfig(z.object({ DATABASE_URL: url }), process.env);
  const pool = openPool({ url: config.DATABASE_URL, schema: 'identity', size: 1, applicationName: 'admin' });
  const db = openDatabase(pool);
  try {
    return await work(db);
  } finally {
    await db.$disconnect();
    await pool.end();
  }
}

async function create(db: Database, given: string, options: { name: string; promote: boolean }): Promise<Outcome> {
  const name = parse(Registration.shape.name, options.name, 'The name');
  if (options.promote) {
    const promoted = await promote(db, parse(AccountEmail, given, 'The email'));
    if (promoted) return promoted;
  }
  const email = parse(Registration.shape.email, given, 'The email');
  const piped = await readPassword();
  const password = parse(Registration.shape.password, piped ?? randomBytes(15).toString('base64url'), 'The password');
  try {
    const user = await createUser(db, { email, name, role: 'admin', passwordHash: await hashPassword(password) });
    return { kind: 'created', user, ...(piped === undefined && { password }) };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw new UsageError(`There is an account with the email ${email}. To make it an admin's: --promote`, {
      cause: error,
    });
  }
}

/** Nothing if there is no such account. */
async function promote(db: Database, email: string): Promise<Outcome | undefined> {
  const { count } = await db.user.updateMany({ where: { email, role: { not: 'admin' } }, data: { role: 'admin' } });
  const select = { id: true, email: true, name: true, role: true };
  const user = (await db.user.findUnique({ where: { email }, select })) as User | null;
  return user ? { kind: count > 0 ? 'promoted' : 'already-admin', user } : undefined;
}

function parse<Schema extends z.ZodType>(schema: Schema, value: string, what: string): z.infer<Schema> {
  const checked = check(schema, value, 'text');
  if (checked.kind === 'valid') return checked.value;
  throw new UsageError(`${what} ${checked.faults.map(({ message }) => message).join(', and ')}.`);
}

/** A pipe that stays open and silent, as some programs leave it to those that they start, carries no password. */
const STDIN_TIMEOUT_MS = 5_000;
const MAX_PASSWORD_BYTES = 1_000;

/** The first line of what is piped in. A terminal, or nothing, is no password: undefined. */
async function readPassword(): Promise<string | undefined> {
  const { stdin } = process;
  if (stdin.isTTY || !isPiped()) return undefined;
  const parts: Buffer[] = [];
  const timer = setTimeout(() => stdin.destroy(), STDIN_TIMEOUT_MS);
  stdin.on('data', (part: Buffer) => {
    parts.push(part);
    const length = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (part.includes('\n') || length > MAX_PASSWORD_BYTES) stdin.destroy();
  });
  await once(stdin, 'close');
  clearTimeout(timer);
  const piped = Buffer.concat(parts);
  const end = piped.indexOf('\n');
  const line = decoded(end === -1 ? piped : piped.subarray(0, end)).replace(/\r$/, '');
  return line === '' ? undefined : line;
}

/** Bytes that are not UTF-8 would all become the same character: passwords that differ would be one. */
function decoded(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new UsageError('The password must be UTF-8.');
  return bytes.toString();
}

/** Whether standard input is a pipe or a file, rather than /dev/null or closed. */
function isPiped(): boolean {
  try {
    const input = fstatSync(0);
    return input.isFIFO() || input.isFile() || input.isSocket();
  } catch {
    return false;
  }
}

function sentence(outcome: Outcome): string {
  const { email } = outcome.user;
  switch (outcome.kind) {
    case 'created':
      return outcome.password === undefined
        ? `${email} is an admin now.`
        : `${email} is an admin now. The password, shown only here: ${outcome.password}`;
    case 'promoted':
      return `${email} was promoted: an admin from the next sign-in or refresh on.`;
    case 'already-admin':
      return `${email} is an admin already.`;
  }
}

/** Prisma's messages begin with the call that failed; what happened is in the last line. */
function messageOf(error: Error): string {
  return error.name.startsWith('Prisma') ? (error.message.trim().split('\n').at(-1) ?? error.message) : error.message;
}

process.exitCode = await main();
