import type { z } from 'zod';
import type { ProblemCode } from './problem.ts';

export type Role = 'customer' | 'organizer' | 'admin';

/** Who may call: anyone; anyone, but a token is honored; any account; accounts with one of these roles. */
export type Access = 'public' | 'optional' | 'signed-in' | readonly Role[];

export interface Answer {
  description: string;
  /** Absent for answers without a JSON body. */
  schema?: z.ZodType;
  /** Media types where it is not JSON, the one for whoever names none first. */
  mediaTypes?: readonly string[];
  headers?: Record<string, string>;
}

/**
 * One call of the API: the service that implements it validates with these schemas, and the API reference is
 * generated from them.
 */
export interface Operation {
  id: string;
  tag: string;
  summary: string;
  description?: string;
  method: 'get' | 'post' | 'patch' | 'delete';
  /** OpenAPI form: `/orders/{id}`. */
  path: `/${string}`;
  access: Access;
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  body?: z.ZodObject;
  /** No body is as good as an empty object. */
  isBodyOptional?: boolean;
  /** The handler gets the bytes as they came, up to this many, whatever their media type. */
  rawBodyLimitBytes?: number;
  answers: Record<number, Answer>;
  /** Codes besides those that any call may answer with. */
  errors: readonly ProblemCode[];
}

/** Keeps the schemas' exact types. */
export function operation<const O extends Operation>(definition: O): O {
  return definition;
}
