import { createHash } from 'node:crypto';
import { invalidInput } from '@ticketing/service-kit/problem';

/** A strong entity tag: the same for the same bytes, another for any other (RFC 9110 section 8.8.3). */
export function entityTag(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
}

/** Whether an If-None-Match header names the tag. What is no list of tags names none. */
export function namesTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  // RFC 9110 section 13.1.2: If-None-Match compares weakly, and compressing proxies make our tags weak.
  return parseTags(ifNoneMatch)?.some((given) => given.replace(/^W\//, '') === tag) ?? false;
}

/** What an If-Match header asks for: `any`, or one of these strong tags. */
export type Precondition = 'any' | ReadonlySet<string>;

/**
 * Reads an If-Match header. Weak tags match nothing, since RFC 9110 section 13.1.1 wants the strong comparison.
 * It throws VALIDATION_FAILED for what is neither `*` nor a list of entity tags.
 */
export function parseIfMatch(header: string | undefined): Precondition {
  if (header === undefined || header.trim() === '*') return 'any';
  const tags = parseTags(header);
  if (!tags) {
    throw invalidInput([{ path: 'if-match', message: 'must be the version in double quotes, like "3"' }]);
  }
  return new Set(tags.filter((tag) => !tag.startsWith('W/')));
}

const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/;
const TAGS = new RegExp(`^\\s*${TAG.source}(?:\\s*,\\s*${TAG.source})*\\s*$`);

function parseTags(header: string): string[] | undefined {
  return TAGS.test(header) ? (header.match(new RegExp(TAG, 'g')) ?? []) : undefined;
}
