import { stdSerializers } from 'pino';

/**
 * What the log tells of an error: what and where it was, and never what it was about. Postgres quotes whole rows in
 * `detail`, with addresses and password hashes; Stripe's errors carry the payment with its client secret.
 */
export function logError(error: unknown): unknown {
  return error instanceof Error ? told(stdSerializers.err(error), 0) : error;
}

const TOLD = new Set([
  ...['type', 'message', 'stack', 'name', 'code', 'errno', 'syscall', 'address', 'port', 'status', 'statusCode'],
  // Postgres: https://www.postgresql.org/docs/current/protocol-error-fields.html
  ...['severity', 'schema', 'table', 'column', 'constraint', 'dataType', 'routine', 'position'],
  // Prisma
  ...['clientVersion', 'meta', 'modelName', 'driverAdapterError', 'cause', 'originalCode', 'originalMessage', 'kind'],
  // Stripe
  ...['requestId', 'rawType', 'decline_code'],
  // What an error consists of, and kafkajs' own.
  ...['aggregateErrors', 'retriable', 'helpUrl', 'broker', 'topic', 'partition'],
]);

const MAX_DEPTH = 6;

/** Stripe shortens keys in its own words, others may not; what is left says which kind of key it was. */
const KEYS = /\b([srp]k_(?:live|test)_)[\w*]+/g;
/** Secrets of webhooks and payments, and email addresses, which Stripe quotes when it does not like one. */
const SECRETS = /\bwhsec_\w+|\bpi_\w+_secret_\w+|[\w.!#$%&'*+/=?^`{|}~-]{1,254}@(?:[\w-]{1,63}\.)+[a-z][\w-]*/gi;

/** A text, such as an error's message, without the secrets that can be told by their form. */
export function withoutSecrets(text: string): string {
  return text.replace(KEYS, '$1[secret]').replace(SECRETS, '[secret]');
}

/** What went wrong, in words for the log; a refused connection comes as an AggregateError without a message. */
export function errorText(error: unknown): string {
  const { message, code } = (error ?? {}) as { message?: unknown; code?: unknown };
  const inner = error instanceof AggregateError ? error.errors.map(errorText).join('; ') : undefined;
  const words = [inner, message, code].find((text) => typeof text === 'string' && text !== '');
  return withoutSecrets(typeof words === 'string' ? words : String(error));
}

function told(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return undefined;
  if (Array.isArray(value)) return value.map((each) => told(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => TOLD.has(name))
      .map(([name, inner]) => [name, told(inner, depth + 1)]),
  );
}
