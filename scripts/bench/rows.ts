import type { Row } from './row.ts';
import { holdHot, holdSpread } from './rows/hold.ts';
import { readEvent, readList } from './rows/read.ts';
import { settle, settleHot } from './rows/settle.ts';
import { webhook } from './rows/webhook.ts';
import { webhookToPaid } from './rows/webhook-to-paid.ts';

/** All that is claimed, in the order in which it is run. */
export const ROWS: readonly Row[] = [
  webhook,
  settle,
  settleHot,
  webhookToPaid,
  holdHot,
  holdSpread,
  readEvent,
  readList,
];
