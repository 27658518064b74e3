import { Agent, request } from 'undici';
import type { History, Told } from '../history.ts';

/** What came of a request; status 0 when no answer came. */
export interface Answer {
  status: number;
  body: Record<string, unknown>;
  isReplay: boolean;
}

export interface Sending {
  method?: 'GET' | 'POST' | 'PATCH';
  url: string;
  token?: string | undefined;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as a form, as Stripe's API wants it. */
  form?: Record<string, string> | undefined;
  key?: string | undefined;
}

type Part = Omit<Told, 'at' | 'tookMs' | 'status' | 'code'>;

export interface RecordedHttp {
  /** Sends it and writes down what was answered; what is read from the answer is added by `read`. Never throws. */
  send: (sending: Sending, part: Part, read?: (answer: Answer) => Partial<Told>) => Promise<Answer>;
  close: () => Promise<void>;
}

const TIMEOUT_MS = 10_000;
const CONNECTIONS = 128;

/** Every request goes into the history together with its answer, or with the fact that there was none. */
export function recordedHttp(history: History): RecordedHttp {
  const agent = new Agent({ connections: CONNECTIONS, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  return {
    send: async (sending, part, read = () => ({})) => {
      const at = Date.now();
      const started = performance.now();
      const answer = await sendOnce(agent, sending);
      const { code } = answer.body;
      history.tell({
        at,
        tookMs: Math.round(performance.now() - started),
        ...part,
        status: answer.status,
        ...(answer.status >= 400 && typeof code === 'string' && { code }),
        ...read(answer),
      });
      return answer;
    },
    close: () => agent.destroy(),
  };
}

async function sendOnce(agent: Agent, { method, url, token, body, form, key }: Sending): Promise<Answer> {
  const content = form ? new URLSearchParams(form).toString() : body === undefined ? undefined : JSON.stringify(body);
  try {
    const response = await request(url, {
      dispatcher: agent,
      method: method ?? (content === undefined ? 'GET' : 'POST'),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(content !== undefined && { body: content }),
    });
    const text = await response.body.text();
    const isReplay = response.headers['idempotent-replayed'] === 'true';
    return { status: response.statusCode, body: parsed(text), isReplay };
  } catch {
    return { status: 0, body: {}, isReplay: false };
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return { items: value };
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
