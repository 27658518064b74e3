import pg from 'pg';

export interface PoolOptions {
  url: string;
  /** Search path: the schema that the app's unqualified names are in. */
  schema: string;
  size: number;
  applicationName: string;
  /** Further settings of every session. */
  settings?: Record<string, string>;
  /** Statements that a client is given at once are sent at once, and not each after the answer to the one before it. */
  pipeline?: boolean;
  /** Told about connections that broke while idle; the pool replaces them by itself. */
  onIdleError?: (error: Error) => void;
}

/** Bound on a statement, and on the wait for a lock, so that no request waits without end. */
const STATEMENT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 3_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
/** The client's own bound, for a server that has gone without a word. */
const QUERY_TIMEOUT_MS = 12_000;

/** Opens a pool whose every connection has bounds on statements, locks and connecting. */
export function openPool(options: PoolOptions): pg.Pool {
  const { url, schema, size, applicationName, settings = {}, pipeline = false, onIdleError } = options;
  const pool = new pg.Pool({
    connectionString: url,
    pipeline,
    max: size,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    options: [
      `-c search_path=${schema}`,
      `-c statement_timeout=${STATEMENT_TIMEOUT_MS}`,
      `-c lock_timeout=${LOCK_TIMEOUT_MS}`,
      `-c idle_in_transaction_session_timeout=${IDLE_IN_TRANSACTION_TIMEOUT_MS}`,
      ...Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`),
    ].join(' '),
  });
  // Without listeners a broken connection would end the process: the pool's is for idle ones, each client's own for one
  // that breaks between two statements of a transaction, whose next statement then fails.
  pool.on('error', (error) => onIdleError?.(error));
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/**
 * Runs `work` in one READ COMMITTED transaction. A connection on which anything failed that may have broken it is
 * not given back to the pool.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return inTransactionAfter(pool, () => Promise.resolve(), work);
}

/**
 * The same, for `work` on what is read or locked `first`: on a pool that pipelines, both are asked for in the round trip
 * that begins the transaction. `first` must not write, since it is sent before it is known that there is a transaction.
 */
export async function inTransactionAfter<T, First>(
  pool: pg.Pool,
  first: (client: pg.PoolClient) => Promise<First>,
  work: (client: pg.PoolClient, first: First) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const [, known] = await together([client.query('begin'), first(client)]);
    const result = await work(client, known);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: unknown) => {
      broken = failure as Error;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/**
 * Awaits statements of one client that are sent together, all of them, also when one fails: nothing may be under way when
 * the transaction ends. It throws what the first that failed threw.
 */
export async function together<const Statements extends readonly Promise<unknown>[]>(
  statements: Statements,
): Promise<{ -readonly [Index in keyof Statements]: Awaited<Statements[Index]> }> {
  await Promise.allSettled(statements);
  return Promise.all(statements);
}

/**
 * SQLSTATE classes and codes, and socket errors, that mean that the database is away or too busy rather than that the
 * statement is wrong (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const UNAVAILABLE_CODES =
  /^(08...|53...|57P0[1-4]|57014|55P03|40P01|40001|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|P1001|P1002|P1008|P1017|P2024|P2028|P2034|ConnectionClosed|DatabaseNotReachable|SocketTimeout|TooManyConnections|TransactionWriteConflict)$/;
const UNAVAILABLE_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|server closed the connection|client has encountered a connection error|the database system is|cannot use a pool after calling end/i;

/** Whether the error says that the database is away or too busy, so that trying again later makes sense. */
export function isUnavailable(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code, meta } = at as { code?: unknown; meta?: PrismaErrorMeta };
    const adapterCause = meta?.driverAdapterError?.cause;
    for (const known of [code, adapterCause?.originalCode, adapterCause?.kind]) {
      if (typeof known === 'string' && UNAVAILABLE_CODES.test(known)) return true;
    }
    if (UNAVAILABLE_MESSAGES.test(at.message)) return true;
    if (at instanceof AggregateError && at.errors.some(isUnavailable)) return true;
  }
  return false;
}

/**
 * Where Prisma's errors keep the SQLSTATE that the server gave, or what the adapter made of a broken socket: their own
 * codes hide it (P2010 for every raw query, P2039).
 */
interface PrismaErrorMeta {
  driverAdapterError?: { cause?: { originalCode?: unknown; kind?: unknown } };
}

/** Whether the error is a violation of the named unique constraint. */
export function violatesUnique(error: unknown, constraint: string): boolean {
  const { code, constraint: violated } = error as { code?: unknown; constraint?: unknown };
  return code === '23505' && violated === constraint;
}
