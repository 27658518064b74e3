/** What each row measures, in the order in which they are run. */
export const ROWS_IN_WORDS = {
  webhook: 'POST /orders/webhook → 200, queued in Kafka',
  'webhook-flush': 'POST /orders/webhook → 200, each message on disk before it is acknowledged',
  settle: 'one worker draining queued payments, over 1,000 ticket types',
  'settle-hot': 'one worker draining queued payments, all for one ticket type',
  'webhook-to-paid': 'from sending the webhook to the order being paid, at a tenth of the peak',
  'hold-hot': 'POST /orders, all for one ticket type',
  'hold-spread': 'POST /orders, over 1,000 ticket types',
  'hold-latency': 'POST /orders, all for one ticket type, at half the peak rate',
  'read-event': 'GET /events/{id}',
  'read-list': 'GET /events',
  'read-event-latency': 'GET /events/{id}, at a quarter of the peak rate',
  'read-list-latency': 'GET /events, at a quarter of the peak rate',
  'read-order': 'GET /orders/{id}',
  'read-orders': 'GET /orders, twenty of them',
  memory: 'resident memory of each service, at rest and at most under load through the gateway',
  'start-up': 'from the start of a process until it is ready',
  'growth-ticket-types': 'POST /orders, over 1,000 ticket types on sale',
  'growth-read-event': 'GET /events/{id} without Redis, among 100,000 events',
  'growth-read-list': 'GET /events?limit=10 without Redis, among 100,000 events',
  'growth-search': 'GET /events?limit=10&q= without Redis, for all of 100,000 events or for none',
  'growth-availability': 'GET /events/{id}/availability, among 100,000 events',
  'growth-hold': 'POST /orders over 1,000 ticket types, beside a million past orders',
  'growth-settle': 'one worker draining queued payments, beside a million past orders',
};

const width = Math.max(...Object.keys(ROWS_IN_WORDS).map((name) => name.length));
const rows = Object.entries(ROWS_IN_WORDS).map(([name, what]) => `  ${name.padEnd(width)}  ${what}`);

export const HELP = `Measures how fast the services are, side by side with the plain way of doing the same.

  pnpm bench                      every row; about twenty minutes; writes docs/benchmarks.md
  pnpm bench settle webhook       some rows; --only settle,webhook says the same
  pnpm bench --rounds 5           rounds of each side (3); they take turns
  pnpm bench --seconds 10         length of a round (4)
  pnpm bench --patience 60        seconds that a round waits for the machine to be quiet (10)
  pnpm bench --json               figures as JSON on stdout; progress goes to stderr
  pnpm bench --profile <folder>   leaves a CPU profile of every measured process there; figures are lower

Rows:
${rows.join('\n')}

Starts its own Postgres (durable), Kafka and Redis on this machine and removes all of it. Where pgbench is installed it runs
the baselines of holding and settling; where wrk is installed it measures read-event and read-list, which autocannon measures
elsewhere. The notes below the table say which did. Exit status 0, whether the targets are reached or not; 1 if a row could not be
measured, which the others do not suffer from.`;
