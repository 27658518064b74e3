import { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { LocalStripe } from './handle.ts';

const Delivery = z.strictObject({
  webhookUrl: z.url().optional(),
  copies: z.int().min(1).max(100).optional(),
  delayMs: z.int().min(0).max(3_600_000).optional(),
  shuffle: z.boolean().optional(),
  shuffleMs: z.int().min(1).max(60_000).optional(),
  paused: z.boolean().optional(),
  dropRate: z.number().min(0).max(1).optional(),
  maxAttempts: z.int().min(1).max(100).optional(),
  firstRetryMs: z.int().min(1).max(60_000).optional(),
  timeoutMs: z.int().min(1).max(60_000).optional(),
});

const FaultBody = z.strictObject({
  path: z.string().startsWith('/v1/').optional(),
  status: z.union([z.literal(429), z.int().min(500).max(599)]).optional(),
  executed: z.boolean().optional(),
  timeoutMs: z.int().min(1).max(600_000).optional(),
  times: z.int().min(1).max(1_000_000).default(1),
});

const Pay = z.strictObject({ card: z.enum(['visa', 'declined', 'authenticationRequired']).default('visa') });

const Emission = z.strictObject({ type: z.string().min(1), object: z.record(z.string(), z.unknown()) });

/**
 * The switches under `/_local/…`, which the real Stripe does not have. They need no key. Returns what to answer with;
 * undefined when there is no such path. @throws {ApiError} 400 for a wrong body, and whatever paying throws.
 */
export function answerControl(local: LocalStripe, method: string, path: string, body: string): unknown {
  const [, place = '', id = '', rest] = /^\/_local\/(\w+)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(path) ?? [];
  switch (`${method} ${place}${id ? '/*' : ''}${rest ? `/${rest}` : ''}`) {
    case 'GET books':
      return local.books();
    case 'GET events':
      return { items: local.events() };
    case 'POST events':
      return local.emit(...emission(body));
    case 'POST events/*/resend':
      local.resend(id);
      return {};
    case 'GET delivery':
      return { ...local.delivery(), pending: local.pendingDeliveries() };
    case 'POST delivery':
      local.changeDelivery(parse(Delivery, body));
      return { ...local.delivery(), pending: local.pendingDeliveries() };
    case 'POST fail':
      local.failNext(parse(FaultBody, body));
      return {};
    case 'DELETE fail':
      local.stopFailing();
      return {};
    case 'POST pay/*':
      return local.pay(id, parse(Pay, body).card);
    default:
      return undefined;
  }
}

function emission(body: string): [string, Record<string, unknown>] {
  const { type, object } = parse(Emission, body);
  return [type, object];
}

function parse<Schema extends z.ZodType>(schema: Schema, body: string): z.output<Schema> {
  const parsed = schema.safeParse(json(body));
  if (parsed.success) return parsed.data;
  throw badBody(z.prettifyError(parsed.error));
}

function json(body: string): unknown {
  try {
    return body.trim() === '' ? {} : (JSON.parse(body) as unknown);
  } catch (error) {
    throw badBody((error as Error).message);
  }
}

function badBody(message: string): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', message }, false);
}
