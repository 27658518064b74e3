export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Parsed, when it is JSON. */
  body: unknown;
}

export interface Call {
  token?: string | undefined;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
  /** Sent as they are, instead of a body. */
  bytes?: string | Buffer<ArrayBuffer>;
  headers?: Record<string, string>;
}

/** Calls an address as any client would. */
export async function call(method: string, url: string, { token, body, bytes, headers }: Call = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: method.toUpperCase(),
    redirect: 'manual',
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(bytes !== undefined && { body: bytes }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}
