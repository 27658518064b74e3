import { randomBytes } from 'node:crypto';
import { Registration } from '@ticketing/types/account';
import { readDatabaseUrl } from '@ticketing/service-kit/command-database';
import { runCommand, UsageError, type CommandOptions, type Output } from '@ticketing/service-kit/command-line';
import { EXIT } from '@ticketing/service-kit/exit-status';
import { openPool } from '@ticketing/service-kit/postgres';
import { ProblemError } from '@ticketing/service-kit/problem';
import { json } from '@ticketing/service-kit/terminal-text';
import { createUser } from '../accounts.ts';
import { openDatabase, type Database } from '../database.ts';
import { HELP } from '../admin-help.mjs';
import { hashPassword } from '../passwords.ts';
import { toUser } from '../user.ts';
import { readArguments, readField, type AdminArguments } from './arguments.ts';
import { readPipedPassword } from './piped-password.ts';
import { accountTable, sentence } from './print.ts';
import { approve, listPrivileged, promote, revoke, type Changed, type Created } from './rights.ts';

export interface AdminOptions extends CommandOptions {
  /** The password of an account that is made; undefined: one is made for it. */
  readPassword?: () => Promise<string | undefined>;
}

/** `pnpm admin …`; returns the exit status. */
export function runAdmin(args: string[], options: AdminOptions): Promise<number> {
  const run = (parsed: AdminArguments) => withDatabase(options.env, (db) => carryOut(parsed, db, options));
  return runCommand({ name: 'pnpm admin', help: HELP, readArguments, run }, args, options);
}

async function withDatabase<Result>(env: NodeJS.ProcessEnv, work: (db: Database) => Promise<Result>): Promise<Result> {
  const url = readDatabaseUrl(env, "the gateway's role");
  const pool = openPool({ url, schema: 'identity', size: 1, applicationName: 'admin' });
  const db = openDatabase(pool);
  try {
    return await work(db);
  } finally {
    await db.$disconnect();
    await pool.end();
  }
}

async function carryOut(args: AdminArguments, db: Database, options: AdminOptions): Promise<number> {
  switch (args.command) {
    case 'list':
      return list(args, db, options);
    case 'create':
      return tell(await create(args, db, options.readPassword), args, options);
    case 'approve':
      return tell(await approve(db, args.email), args, options);
    case 'revoke':
      return tell(await revoke(db, args.email), args, options);
  }
}

type Listing = Extract<AdminArguments, { command: 'list' }>;
type Creation = Extract<AdminArguments, { command: 'create' }>;

async function list({ isWaitingOnly, limit, isJson }: Listing, db: Database, { out, err }: Output): Promise<number> {
  const found = await listPrivileged(db, isWaitingOnly, limit + 1);
  const shown = found.slice(0, limit);
  if (isJson) out(json(shown));
  else if (shown.length > 0) out(accountTable(shown));
  if (found.length > shown.length) err('There are more: see --limit.');
  if (shown.length > 0) return EXIT.done;
  err(isWaitingOnly ? 'Nobody waits for approval.' : 'There is no admin and no organizer.');
  return EXIT.nothingMatched;
}

async function create(
  { email, name, role, promote: isPromoted }: Creation,
  db: Database,
  readPassword = readPipedPassword,
): Promise<Created | Changed> {
  if (isPromoted) {
    const promoted = await promote(db, email, role);
    if (promoted.kind !== 'no-account') return promoted;
    readField(Registration.shape.email, email, 'The email');
  }
  const piped = await readPassword();
  const given = piped ?? randomBytes(15).toString('base64url');
  const password = readField(Registration.shape.password, given, 'The password');
  try {
    const user = await createUser(db, { email, name, role, passwordHash: await hashPassword(password) });
    return { kind: 'created', user: toUser(user), ...(piped === undefined && { password }) };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const whose = role === 'admin' ? "an admin's" : "an organizer's";
    throw new UsageError(`There is an account with the email ${email}. To make it ${whose}: --promote`, {
      cause: error,
    });
  }
}

/** Says what came of it. Returns the exit status: what was asked for is so now, or it is not. */
function tell(
  outcome: Created | Changed,
  { command, email, isJson }: Exclude<AdminArguments, Listing>,
  output: Output,
) {
  const isSo = outcome.kind !== 'no-account' && outcome.kind !== 'not-waiting' && !isAdminToRevoke(command, outcome);
  if (isJson) output.out(json(outcome));
  else (isSo ? output.out : output.err)(sentence(outcome, email, command));
  return isSo ? EXIT.done : EXIT.nothingMatched;
}

const isAdminToRevoke = (command: string, { kind }: Created | Changed) =>
  command === 'revoke' && kind === 'already-admin';
