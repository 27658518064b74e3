export interface Answer {
  status: number;
  /** Parsed, when it is JSON. */
  body: unknown;
}

export interface Call {
  method?: string;
  token?: string;
  /** Sent as JSON. */
  body?: unknown;
}

const CALL_TIMEOUT_MS = 15_000;

/** Calls the shop's HTTP API, as anyone would. */
export async function call(url: string, { method, token, body }: Call = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch {
    return { status: response.status, body: text };
  }
}
