import { Registration } from '@ticketing/types/account';
import { AccountEmail } from '@ticketing/types/primitives';
import {
  noSuchCommand,
  parseCommandLine,
  refuseFurther,
  refuseOptions,
  wholeNumber,
} from '@ticketing/service-kit/command-arguments';
import { UsageError } from '@ticketing/service-kit/command-line';
import { check } from '@ticketing/service-kit/fault';
import type { z } from 'zod';

export type AdminArguments =
  | { command: 'create'; email: string; name: string; role: 'admin' | 'organizer'; promote: boolean; isJson: boolean }
  | { command: 'list'; isWaitingOnly: boolean; limit: number; isJson: boolean }
  | { command: 'approve' | 'revoke'; email: string; isJson: boolean };

const COMMANDS = ['create', 'list', 'approve', 'revoke'] as const;
const LIMITS = [1, 100_000] as const;
const DEFAULT_LIMIT = 100;
const NAMES = { admin: 'Admin', organizer: 'Organizer' };

/** @throws {UsageError} which says what is wrong */
export function readArguments(args: string[]): AdminArguments | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [given, ...rest] = positionals;
  const command = COMMANDS.find((each) => each === given);
  if (command === undefined) throw noSuchCommand(given, COMMANDS);
  const { organizer, name, promote, waiting, json: isJson } = values;
  if (command !== 'create') {
    refuseOptions(command, { '--organizer': organizer, '--name': name !== undefined, '--promote': promote });
  }
  if (command !== 'list') {
    refuseOptions(command, { '--waiting': waiting, '--limit': values.limit !== undefined });
  }
  if (command === 'list') {
    refuseFurther(rest);
    const limit = values.limit === undefined ? DEFAULT_LIMIT : wholeNumber('--limit', values.limit, LIMITS);
    return { command, isWaitingOnly: waiting, limit, isJson };
  }
  const [address, ...further] = rest;
  if (address === undefined) throw new UsageError(`${command} needs an email.`);
  refuseFurther(further);
  // An account may have an address from before the rules for new ones.
  const email = readField(
    command === 'create' && !promote ? Registration.shape.email : AccountEmail,
    address,
    'The email',
  );
  if (command !== 'create') return { command, email, isJson };
  const role = organizer ? 'organizer' : 'admin';
  return {
    command,
    email,
    name: readField(Registration.shape.name, name ?? NAMES[role], '--name'),
    role,
    promote,
    isJson,
  };
}

/** A field of an account, by the API's rules. @throws {UsageError} saying what is wrong with it */
export function readField<Value>(schema: z.ZodType<Value>, value: string, what: string): Value {
  const checked = check(schema, value, 'text');
  if (checked.kind === 'valid') return checked.value;
  throw new UsageError(`${what} ${checked.faults.map(({ message }) => message).join(', and ')}.`);
}

function parse(args: string[]) {
  return parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      organizer: { type: 'boolean', default: false },
      name: { type: 'string' },
      promote: { type: 'boolean', default: false },
      waiting: { type: 'boolean', default: false },
      limit: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
