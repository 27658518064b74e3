import { table } from '@ticketing/service-kit/terminal-text';
import type { AdminArguments } from './arguments.ts';
import type { Changed, Created, Privileged } from './rights.ts';

const SOON = 'from the next sign-in or refresh on, within 15 minutes';

/** What came of a command about one account. */
export function sentence(outcome: Created | Changed, email: string, command: AdminArguments['command']): string {
  switch (outcome.kind) {
    case 'created': {
      const now = `${email} is an ${outcome.user.role} now.`;
      return outcome.password === undefined ? now : `${now} The password, shown only here: ${outcome.password}`;
    }
    case 'promoted':
      return `${email} was promoted: an ${outcome.user.role}, ${SOON}.`;
    case 'approved':
      return `${email} is approved: an organizer, ${SOON}.`;
    case 'revoked':
      return `${email} is an organizer no more, ${SOON}. Its events stay as they are.`;
    case 'declined':
      return `${email} waits for approval no more, and is a customer.`;
    case 'already-admin':
      return command === 'revoke'
        ? `${email} is an admin: revoke is for organizers.`
        : `${email} is an admin already, who may do all that organizers may.`;
    case 'already-organizer':
      return `${email} is an organizer already.`;
    case 'already-customer':
      return `${email} is a customer already.`;
    case 'not-waiting':
      return (
        `${email} is a customer who did not register as an organizer. ` +
        `To make it one all the same: pnpm admin create ${email} --organizer --promote`
      );
    case 'no-account':
      return `There is no account with the email ${email}.`;
  }
}

/** Accounts in columns. */
export function accountTable(accounts: Privileged[]): string {
  return table(
    ['EMAIL', 'ROLE', 'WAITING SINCE', 'NAME'],
    accounts.map(({ email, name, role, requestedAt }) => [email, role, requestedAt?.toISOString() ?? '-', name]),
  );
}
