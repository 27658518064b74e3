import { check, sentence } from '@ticketing/service-kit/fault';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import { disputeStatuses, errorTypes, refundStatuses } from './books.ts';
import type { LocalStripe } from './handle.ts';
import { payableWith, type PayableWith } from './payments/payment-methods.ts';

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
  status: z.int().min(400).max(599).optional(),
  type: z.enum(errorTypes).optional(),
  code: z.string().min(1).optional(),
  message: z.string().min(1).optional(),
  declineCode: z.string().min(1).optional(),
  executed: z.boolean().optional(),
  timeoutMs: z.int().min(1).max(600_000).optional(),
  times: z.int().min(1).max(1_000_000).default(1),
});

const Key = z.strictObject({ secretKey: z.string().min(1) });

const Pay = z.strictObject({
  card: z.enum(Object.keys(payableWith) as [PayableWith, ...PayableWith[]]).default('visa'),
});

const Finish = z.strictObject({ outcome: z.enum(['succeeded', 'failed']) });

const RefundFateBody = z.strictObject({ status: z.enum(refundStatuses), failureReason: z.string().min(1).optional() });

const NextRefundsBody = RefundFateBody.extend({ times: z.int().min(1).max(1_000_000).default(1) });

const Amount = z.int().min(1).optional();

const ByHand = z.strictObject({ amount: Amount });

const DisputeBody = z.strictObject({
  status: z.enum(disputeStatuses).optional(),
  reason: z.string().min(1).optional(),
  amount: Amount,
});

const DisputeChange = z.strictObject({ status: z.enum(disputeStatuses) });

const Emission = z.strictObject({
  type: z.string().min(1),
  object: z.record(z.string(), z.unknown()),
  account: z.string().optional(),
  livemode: z.boolean().optional(),
  created: z.int().min(0).optional(),
});

/**
 * The switches under `/_local/…`, which the real Stripe does not have. They need no key. Returns what to answer with;
 * undefined when there is no such path. @throws {ApiError} 400 for a wrong body, and whatever paying throws.
 */
export function answerControl(local: LocalStripe, method: string, path: string, body: string): unknown {
  const [, place = '', id = '', rest] = /^\/_local\/([\w-]+)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(path) ?? [];
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
    case 'POST key':
      local.changeKey(parse(Key, body).secretKey);
      return {};
    case 'POST pay/*':
      return local.pay(id, parse(Pay, body).card);
    case 'POST processing/*':
      return local.finishProcessing(id, parse(Finish, body).outcome);
    case 'POST refunds':
      local.nextRefunds(parse(NextRefundsBody, body));
      return {};
    case 'POST refunds/*': {
      const { status, failureReason } = parse(RefundFateBody, body);
      return local.changeRefund(id, status, failureReason);
    }
    case 'POST refund-by-hand/*':
      return local.refundByHand(id, parse(ByHand, body).amount);
    case 'POST dispute/*':
      return local.dispute(id, parse(DisputeBody, body));
    case 'POST disputes/*':
      return local.changeDispute(id, parse(DisputeChange, body).status);
    default:
      return undefined;
  }
}

function emission(body: string): Parameters<LocalStripe['emit']> {
  const { type, object, account, livemode, created } = parse(Emission, body);
  const envelope = {
    ...(account === undefined ? {} : { account }),
    ...(livemode === undefined ? {} : { livemode }),
    ...(created === undefined ? {} : { created }),
  };
  return [type, object, envelope];
}

function parse<Schema extends z.ZodType>(schema: Schema, body: string): z.output<Schema> {
  const checked = check(schema, json(body), 'json');
  if (checked.kind === 'valid') return checked.value;
  throw badBody(sentence(checked.faults, 'The body'));
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
