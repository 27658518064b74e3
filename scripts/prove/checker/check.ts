import { answerRules } from './rules/answers.ts';
import { doorRules } from './rules/door.ts';
import { eventRules } from './rules/events.ts';
import { leftoverRules } from './rules/leftovers.ts';
import { limitRules } from './rules/limits.ts';
import { mailRules } from './rules/mails.ts';
import { paymentRules } from './rules/payments.ts';
import { priceRules } from './rules/prices.ts';
import { refundRules } from './rules/refunds.ts';
import { reportRules } from './rules/reports.ts';
import { stockRules } from './rules/stock.ts';
import { ticketRules } from './rules/tickets.ts';
import type { Rule, Violation, World } from './world.ts';

/** All that must hold once everything has settled. */
export const RULES: Rule[] = [
  ...stockRules,
  ...priceRules,
  ...limitRules,
  ...paymentRules,
  ...refundRules,
  ...answerRules,
  ...ticketRules,
  ...doorRules,
  ...reportRules,
  ...mailRules,
  ...eventRules,
  ...leftoverRules,
];

/** What breaks the rules; nothing if all is well. Knows the contract and the tables' meaning, and none of the code. */
export function check(world: World): Violation[] {
  return RULES.flatMap(({ name, find }) => find(world).map((what) => ({ rule: name, what })));
}
