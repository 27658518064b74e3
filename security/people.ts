import { signAccessToken } from '@ticketing/service-kit/access-token';
import { Session } from '@ticketing/types/account';
import type { Role } from '@ticketing/types/operation';
import { call } from './http-call.ts';
import { JWT_SECRET, type Platform } from './platform.ts';

/** Who calls, as the authorisation table's columns have it: by role, and by what is theirs. */
export const CALLERS = ['nobody', 'buyer', 'stranger', 'organizer', 'rival', 'admin'] as const;
export type Caller = (typeof CALLERS)[number];

/** The role of each: `buyer` and `organizer` own what is called, `stranger` and `rival` do not. */
const ROLE = {
  buyer: 'customer',
  stranger: 'customer',
  organizer: 'organizer',
  rival: 'organizer',
  admin: 'admin',
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

/** Registers one account for each column. There is no way to register an admin, so that one's role is set behind the scenes. */
export async function registerPeople({ url, admin }: Platform): Promise<People> {
  const ids: Partial<Record<Person, string>> = {};
  const tokens: Partial<Record<Caller, string>> = {};
  for (const person of Object.keys(ROLE) as Person[]) {
    const role = ROLE[person] === 'organizer' ? 'organizer' : 'customer';
    const body = { email: newEmail(), password: PASSWORD, name: person, role };
    const { user } = Session.parse((await call('POST', `${url}/auth/register`, { body })).body);
    if (person === 'admin') await admin.query(`update identity.users set role = 'admin' where id = $1`, [user.id]);
    ids[person] = user.id;
    tokens[person] = signAccessToken({ current: JWT_SECRET }, { ...user, role: ROLE[person] });
  }
  return { ids: ids as Record<Person, string>, token: (caller) => tokens[caller] };
}
