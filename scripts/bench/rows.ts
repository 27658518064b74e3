import type { Row } from './row.ts';
import { growthAvailability, growthReadEvent, growthReadList, growthSearch } from './rows/growth-events.ts';
import { growthHold, growthSettle } from './rows/growth-orders.ts';
import { growthTicketTypes } from './rows/growth-ticket-types.ts';
import { holdHot, holdSpread } from './rows/hold.ts';
import { holdLatency } from './rows/hold-latency.ts';
import { memory } from './rows/memory.ts';
import { readEventLatency, readListLatency } from './rows/read-latency.ts';
import { readOrder, readOrders } from './rows/read-order.ts';
import { readEvent, readList } from './rows/read.ts';
import { settle, settleHot } from './rows/settle.ts';
import { startUp } from './rows/start-up.ts';
import { webhook, webhookFlush } from './rows/webhook.ts';
import { webhookToPaid } from './rows/webhook-to-paid.ts';

/** All that is claimed, in the order in which it is run. */
export const ROWS: readonly Row[] = [
  webhook,
  webhookFlush,
  settle,
  settleHot,
  webhookToPaid,
  holdHot,
  holdSpread,
  holdLatency,
  readEvent,
  readList,
  readEventLatency,
  readListLatency,
  readOrder,
  readOrders,
  memory,
  startUp,
  growthTicketTypes,
  growthReadEvent,
  growthReadList,
  growthSearch,
  growthAvailability,
  growthHold,
  growthSettle,
];
