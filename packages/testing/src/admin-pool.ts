import pg from 'pg';

/**
 * A pool for what a test asks of its database beside the service. `pool.end()` resolves before its sockets are closed, and
 * dropping the database cuts them: without listeners that would end the test run.
 */
export function openAdminPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
