import type { User } from '@ticketing/types/account';

/** What of an account's row is shown to its owner. */
export const USER_FIELDS = { id: true, email: true, name: true, role: true, organizerRequestedAt: true };

export interface UserRow {
  id: string;
  email: string;
  name: string;
  /** What the account may do now. */
  role: User['role'];
  /** Of a customer who would be an organizer, and waits for approval. */
  organizerRequestedAt: Date | null;
}

/** An account as the API shows it: who waits for approval is an organizer, with that said. */
export function toUser({ id, email, name, role, organizerRequestedAt }: UserRow): User {
  const isWaiting = role === 'customer' && organizerRequestedAt !== null;
  return { id, email, name, ...(isWaiting ? { role: 'organizer', approval: 'pending' } : { role }) };
}
