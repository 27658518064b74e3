import { answerRules } from './rules/answers.ts';
import { leftoverRules } from './rules/leftovers.ts';
import { paymentRules } from './rules/payments.ts';
import { reportRules } from './rules/reports.ts';
import { stockRules } from './rules/stock.ts';
import { ticketRules } from './rules/tickets.ts';
import type { Rule, Violation, World } from './world.ts';

/** All that must hold once everything has settled. */
export const RULES: Rule[] = [
  ...stockRules,
  ...paymentRules,
  ...answerRules,
  ...ticketRules,
  ...reportRules,
  ...leftoverRules,
];

/** What breaks the rules; nothing if all is well. Knows the contract and the tables' meaning, and none of the code. */
export function check(world: World): Violation[] {
  return RULES.flatMap(({ name, find }) => find(world).map((what) => ({ rule: name, what })));
}
