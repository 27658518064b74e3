import { ProblemError } from '@ticketing/service-kit/problem';
import type { Config } from './config.ts';
import type { Database } from './database.ts';

/** What becomes of who registers as an organizer. */
export type OrganizerRegistration = NonNullable<Config['ORGANIZER_REGISTRATION']>;

/**
 * What is configured, or else: open where no real money moves, and with approval where it does. orders-service publishes
 * which it is, since it has Stripe's key and the gateway has not; while it has not yet, approval, which can be given later.
 */
export async function organizerRegistration(
  db: Database,
  configured: OrganizerRegistration | undefined,
): Promise<OrganizerRegistration> {
  if (configured !== undefined) return configured;
  const [published] = await db.$queryRaw<{ mode: string }[]>`SELECT mode FROM orders.payment_mode`;
  return published?.mode === 'test' ? 'open' : 'approval';
}

/** For who registers as an organizer where that is closed. */
export function registrationClosed(): ProblemError {
  return new ProblemError(
    'FORBIDDEN',
    'Organizers cannot register here by themselves: ask whoever runs this shop for an account. Customers can register.',
  );
}
