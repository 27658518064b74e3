import { runAdmin } from '@ticketing/gateway/src/admin/command.ts';
import { EXIT } from '@ticketing/service-kit/exit-status';
import { Session } from '@ticketing/types/account';
import type { Role } from '@ticketing/types/operation';
import { call } from './http-call.ts';
import type { Platform } from './platform.ts';

/** Who calls, as the authorisation table's columns have it: by role, and by what is theirs. */
export const CALLERS = ['nobody', 'buyer', 'stranger', 'organizer', 'rival', 'admin', 'applicant'] as const;
export type Caller = (typeof CALLERS)[number];

/** The role of each: `buyer` and `organizer` own what is called, the others do not; `applicant` waits to be an organizer. */
const ROLE = {
  buyer: 'customer',
  stranger: 'customer',
  organizer: 'organizer',
  rival: 'organizer',
  admin: 'admin',
  applicant: 'organizer',
} as const satisfies Record<Exclude<Caller, 'nobody'>, Role>;

export type Person = keyof typeof ROLE;

export interface People {
  ids: Record<Person, string>;
  token: (caller: Caller) => string | undefined;
}

export const PASSWORD = 'correct horse battery';

let registered = 0;

/** An address that nobody has yet. */
export function newEmail(): string {
  registered += 1;
  return `person-${registered}@example.com`;
}

/** Registers one account for each column, and makes of it what it is to be by the command for that. */
export async function registerPeople(platform: Platform): Promise<People> {
  const { url } = platform;
  const ids: Partial<Record<Person, string>> = {};
  const tokens: Partial<Record<Caller, string>> = {};
  for (const person of Object.keys(ROLE) as Person[]) {
    const role = ROLE[person] === 'organizer' ? 'organizer' : 'customer';
    const body = { email: newEmail(), password: PASSWORD, name: person, role };
    const { user, refreshToken } = Session.parse((await call('POST', `${url}/auth/register`, { body })).body);
    if (person === 'admin') await manage(platform, 'create', user.email, '--promote');
    else if (role === 'organizer' && person !== 'applicant') await manage(platform, 'approve', user.email);
    const refreshed = await call('POST', `${url}/auth/refresh`, { body: { refreshToken } });
    ids[person] = user.id;
    tokens[person] = Session.parse(refreshed.body).accessToken;
  }
  return { ids: ids as Record<Person, string>, token: (caller) => tokens[caller] };
}

/** `pnpm admin …` */
async function manage({ gatewayDatabaseUrl }: Platform, ...args: string[]): Promise<void> {
  const said: string[] = [];
  const say = (text: string) => said.push(text);
  const status = await runAdmin(args, { env: { DATABASE_URL: gatewayDatabaseUrl }, out: say, err: say });
  if (status !== EXIT.done) throw new Error(said.join('\n'));
}
