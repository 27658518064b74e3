export const HELP = `Starts the whole shop on this machine, with its own Postgres and demo data, and prints what to try.

  npm start                 everything, on http://localhost:3000
  npm start -- --reset      empty the data first
  npm start -- --verbose    show all that the services log, not only warnings
  npm start -- --full       with real Kafka and Redis, and the worker that settles payments

Environment: PORT (3000), EVENTS_PORT (3001), ORDERS_PORT (3002), WORKER_PORT (3003), STRIPE_PORT (12111, of the local
Stripe), KAFKA_PORT (9092 if it is free), REDIS_PORT (6379 if it is free);
DATA_DIR (.data); DATABASE_URL of an administrator, to use that Postgres; KAFKA_BROKERS and REDIS_URL, to use those;
STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET, to use Stripe (STRIPE_API_BASE: a stand-in of your own). Whatever the
services read is passed on to them.
Ctrl-C stops everything; the data stays. A second Ctrl-C does not wait.`;
