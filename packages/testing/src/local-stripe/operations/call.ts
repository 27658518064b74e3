import type { Caller } from '../access.ts';
import type { Books } from '../books.ts';
import type { EventLog } from '../event-log.ts';
import type { Emit } from '../payments/payment-intents.ts';
import type { RefundFates } from '../payments/refund-fates.ts';
import type { Parameters } from './parameters.ts';

/** One API call, and all that it can work on. */
export interface Call {
  books: Books;
  log: EventLog;
  refundFates: RefundFates;
  emit: Emit;
  caller: Caller;
  parameters: Parameters;
  /** The id in the path, if there is one. */
  id: string;
}

export type Operation = (call: Call) => unknown;
