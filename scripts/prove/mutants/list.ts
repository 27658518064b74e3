import { DOOR_MUTANTS } from './door.ts';
import { LIMIT_MUTANTS } from './limits.ts';
import { MAIL_MUTANTS } from './mails.ts';
import { MONEY_MUTANTS } from './money.ts';
import type { Mutant } from './mutant.ts';
import { ORDER_MUTANTS } from './orders.ts';
import { REFUND_MUTANTS } from './refunds.ts';
import { REPORT_MUTANTS } from './reports.ts';
import { STOCK_MUTANTS } from './stock.ts';

/** Every way to break the code that is tried. */
export const MUTANTS: Mutant[] = [
  ...STOCK_MUTANTS,
  ...LIMIT_MUTANTS,
  ...MONEY_MUTANTS,
  ...REFUND_MUTANTS,
  ...ORDER_MUTANTS,
  ...DOOR_MUTANTS,
  ...MAIL_MUTANTS,
  ...REPORT_MUTANTS,
];
