import { responsesOf } from '@ticketing/gateway/src/openapi-responses.ts';
import type { Operation } from '@ticketing/types/operation';
import { Problem } from '@ticketing/types/problem';
import type { Answer } from './http-call.ts';

/** What is wrong with an answer: that it is our fault, or not what the API reference says. Undefined: nothing. */
export function faultOf(operation: Operation, { status, headers, body }: Answer): string | undefined {
  const described = responsesOf(operation)[status];
  if (status >= 500 || !described) return `${status} ${JSON.stringify(body)}`;
  const type = headers.get('content-type')?.split(';')[0];
  const content = type === undefined ? undefined : described.content?.[type];
  if (described.content ? !content : type !== undefined) return `${status} with ${type ?? 'no body'}`;
  if (headers.get('x-content-type-options') !== 'nosniff') return 'a browser may take it for another type';
  if (status < 400) {
    const schema = operation.answers[status]?.schema;
    const parsed = schema?.safeParse(body);
    return parsed?.success === false
      ? `${status} with a body that is not as described: ${parsed.error.message}`
      : undefined;
  }
  const problem = Problem.safeParse(body);
  if (!problem.success) return `${status} without a problem: ${JSON.stringify(body)}`;
  const { code } = problem.data;
  return content?.examples && code in content.examples ? undefined : `${status} with ${code}, which is not described`;
}
