export const HELP = `Runs every test against real servers: what did not change since it last passed comes from turbo's cache.

  npm test                                        everything
  npm test -- --filter @ticketing/orders-service  one package (turbo's filters; may be repeated)
  npm test -- --force                             without the cache
  npm test -- -- -t 'sold out'                    what comes after a second -- is for vitest

Environment: TEST_POSTGRES_URL, a server whose user may create databases and roles; TEST_KAFKA_BROKERS; TEST_REDIS_URL.
Without them, those servers are started that a package which has to run needs: by its vitest.config.ts.
Ends with the line "N passed, N failed"; exit status 1 if any failed.`;
