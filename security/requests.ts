import type { Operation } from '@ticketing/types/operation';
import { AUTHORISATION, type Arranged } from './authorisation-table.ts';
import { call, type Answer, type Call } from './http-call.ts';
import { completed, inputSchema, sampleOf } from './input-schema.ts';
import { CALLERS } from './people.ts';
import type { World } from './world.ts';

/** A whole request: every part that an operation takes. */
export interface Request extends Required<Pick<Arranged, 'params'>> {
  query: Record<string, string>;
  headers: Record<string, string>;
  body: unknown;
  token: string | undefined;
}

/** A request that succeeds, with every field of the body that there is, by someone who may make it. */
export async function goodRequest(world: World, { id, body }: Operation): Promise<Request> {
  const row = AUTHORISATION.find(({ operation }) => operation === id);
  const { params = {}, headers = {}, body: given } = (await row?.arrange?.(world)) ?? {};
  const caller = CALLERS.find((_caller, column) => (row?.expected[column] ?? 0) < 400) ?? 'nobody';
  const whole = body ? completed(given, sampleOf(inputSchema(body))) : given;
  return { params, query: {}, headers, body: whole, token: world.people.token(caller) };
}

/** Sends it through the gateway, whatever is in it. */
export function send(world: World, { method, path }: Operation, request: Request): Promise<Answer> {
  const { params, query, token, body, headers } = request;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
    encodeURIComponent((params[name] ?? '').toWellFormed()),
  );
  const search = new URLSearchParams(query).toString();
  const rest: Call = { token, headers, ...(method !== 'get' && body !== undefined && { body }) };
  return call(method, `${world.url}${filled}${search && `?${search}`}`, rest);
}
