import type { User } from '@ticketing/types/account';
import type { Database } from '../database.ts';
import { toUser, USER_FIELDS, type UserRow } from '../user.ts';

/** An account that was made; `password` only where that was made too. */
export interface Created {
  kind: 'created';
  user: User;
  password?: string;
}

/** What a change of someone's rights came to; `user` is the account as it is now. */
export type Changed =
  | { kind: 'promoted' | 'approved' | 'revoked' | 'declined'; user: User }
  | { kind: 'already-admin' | 'already-organizer' | 'already-customer' | 'not-waiting'; user: User }
  | { kind: 'no-account' };

/** Makes an account an admin, or an organizer unless it is more than that already. */
export async function promote(db: Database, email: string, role: 'admin' | 'organizer'): Promise<Changed> {
  const lesser = role === 'admin' ? ['customer', 'organizer'] : ['customer'];
  const { count } = await db.user.updateMany({
    where: { email, role: { in: lesser } },
    data: { role, organizerRequestedAt: null },
  });
  return tell(db, email, (row) => (count > 0 ? 'promoted' : standing(row)));
}

/** Makes an organizer of who registered as one and waits. Safe to repeat. */
export async function approve(db: Database, email: string): Promise<Changed> {
  const { count } = await db.user.updateMany({
    where: { email, role: 'customer', organizerRequestedAt: { not: null } },
    data: { role: 'organizer', organizerRequestedAt: null },
  });
  return tell(db, email, (row) => {
    if (count > 0) return 'approved';
    return row.role === 'customer' ? 'not-waiting' : standing(row);
  });
}

/** Makes a customer of an organizer, or of who waits to be one. Safe to repeat; an admin stays one. */
export async function revoke(db: Database, email: string): Promise<Changed> {
  const declined = await db.user.updateMany({
    where: { email, role: 'customer', organizerRequestedAt: { not: null } },
    data: { organizerRequestedAt: null },
  });
  const revoked = await db.user.updateMany({ where: { email, role: 'organizer' }, data: { role: 'customer' } });
  return tell(db, email, (row) => {
    if (revoked.count > 0) return 'revoked';
    return declined.count > 0 ? 'declined' : standing(row);
  });
}

/** Someone with rights, or who waits for them. */
export interface Privileged extends User {
  /** Since when who waits does. */
  requestedAt: Date | null;
}

/** Admins and organizers, and who waits to be one: those first, the longest first. */
export async function listPrivileged(db: Database, isWaitingOnly: boolean, limit: number): Promise<Privileged[]> {
  const waiting = { role: 'customer', organizerRequestedAt: { not: null } };
  const rows = await db.user.findMany({
    where: isWaitingOnly ? waiting : { OR: [waiting, { role: { not: 'customer' } }] },
    orderBy: [{ organizerRequestedAt: { sort: 'asc', nulls: 'last' } }, { createdAt: 'asc' }],
    select: USER_FIELDS,
    take: limit,
  });
  return (rows as UserRow[]).map((row) => {
    const user = toUser(row);
    return { ...user, requestedAt: user.approval ? row.organizerRequestedAt : null };
  });
}

async function tell(
  db: Database,
  email: string,
  kindOf: (row: UserRow) => Exclude<Changed['kind'], 'no-account'>,
): Promise<Changed> {
  const row = (await db.user.findUnique({ where: { email }, select: USER_FIELDS })) as UserRow | null;
  return row ? { kind: kindOf(row), user: toUser(row) } : { kind: 'no-account' };
}

const standing = ({ role }: UserRow) => `already-${role}` as const;
