import { z } from 'zod';

/**
 * Every error code an answer may carry, with its HTTP status and title: the one place where the two meet.
 * Clients switch on the code; the title is for people.
 */
export const problems = {
  MALFORMED_REQUEST: { status: 400, title: 'The request could not be read' },
  UNAUTHENTICATED: { status: 401, title: 'Sign in first' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed' },
  EMAIL_TAKEN: { status: 409, title: 'This email already has an account' },
  SOLD_OUT: { status: 409, title: 'Sold out' },
  SALES_CLOSED: { status: 409, title: 'Sales are not open' },
  EVENT_NOT_ON_SALE: { status: 409, title: 'This event is not on sale' },
  EVENT_STATE: { status: 409, title: 'Not possible in the state the event is in' },
  ORDER_STATE: { status: 409, title: 'Not possible in the state the order is in' },
  ALREADY_CHECKED_IN: { status: 409, title: 'This ticket was checked in before' },
  WRONG_EVENT: { status: 409, title: 'This ticket is for another event' },
  REQUEST_IN_FLIGHT: { status: 409, title: 'The same request is still being worked on' },
  VERSION_CONFLICT: { status: 412, title: 'It was changed in the meantime' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Send JSON' },
  VALIDATION_FAILED: { status: 422, title: 'Some fields are not valid' },
  LIMIT_EXCEEDED: { status: 422, title: 'More than is allowed' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'This idempotency key was used for another request' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  INTERNAL: { status: 500, title: 'Something went wrong on our side' },
  PAYMENT_PROVIDER: { status: 502, title: 'The payment provider refused' },
  UNAVAILABLE: { status: 503, title: 'Not available right now' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

const codes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]];

const FieldError = z
  .object({ path: z.string().meta({ example: 'lines.0.quantity' }), message: z.string() })
  .meta({ id: 'FieldError' });

/** Body of every error answer: RFC 9457 problem details, served as `application/problem+json`. */
export const Problem = z
  .looseObject({
    type: z.string().meta({ example: 'about:blank' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(codes),
    instance: z.string().describe('Path of the request'),
    traceId: z.string().describe('Quote it when asking for help'),
    errors: z.array(FieldError).optional().describe('With VALIDATION_FAILED: each wrong field'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
