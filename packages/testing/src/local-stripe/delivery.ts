import Stripe from 'stripe';
import type { EventLog, LoggedEvent } from './event-log.ts';

/** How webhooks travel. All can be changed while running. */
export interface DeliverySettings {
  /** Where to; undefined holds everything back until it is set. */
  webhookUrl: string | undefined;
  /** How often each new event is delivered. */
  copies: number;
  /** Time that each new event waits before its first attempt. */
  delayMs: number;
  /** Each new event waits up to `shuffleMs` more, at random, so that events overtake each other. */
  shuffle: boolean;
  shuffleMs: number;
  /** Holds everything back until it is false again. */
  paused: boolean;
  /** Share of attempts (0–1) that get lost: half of them on the way there, half on the way back. Not counted. */
  dropRate: number;
  /** Attempts before a copy is given up. */
  maxAttempts: number;
  /** Wait before the second attempt; doubled each time, up to 5 s. */
  firstRetryMs: number;
  /** An answer must come within this. */
  timeoutMs: number;
}

export const defaultDelivery: DeliverySettings = {
  webhookUrl: undefined,
  copies: 1,
  delayMs: 0,
  shuffle: false,
  shuffleMs: 250,
  paused: false,
  dropRate: 0,
  maxAttempts: 12,
  firstRetryMs: 200,
  timeoutMs: 10_000,
};

const MAX_RETRY_MS = 5_000;
const MAX_IN_FLIGHT = 32;

export interface Deliverer {
  /** Sends the event, as often as `copies` says. */
  send: (logged: LoggedEvent, copies?: number) => void;
  settings: () => DeliverySettings;
  change: (patch: Partial<DeliverySettings>) => void;
  /** Copies neither delivered nor given up. */
  pending: () => number;
  /** Stops; what is pending stays so in the log. */
  close: () => void;
}

interface Copy {
  logged: LoggedEvent;
  failures: number;
}

/** Delivers events, signed as Stripe does; anything but a 2xx in time is tried again. */
export function deliverer(
  settings: DeliverySettings,
  webhookSecret: string,
  log: EventLog,
  onProgress: () => void,
  random: () => number = Math.random,
): Deliverer {
  const ready = new Set<Copy>();
  const timers = new Set<NodeJS.Timeout>();
  const closing = new AbortController();
  let inFlight = 0;

  const after = (delayMs: number, copy: Copy) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      ready.add(copy);
      pump();
    }, delayMs);
    timers.add(timer);
  };
  const pump = () => {
    for (const copy of ready) {
      const { webhookUrl, paused } = settings;
      if (webhookUrl === undefined || paused || closing.signal.aborted || inFlight >= MAX_IN_FLIGHT) return;
      ready.delete(copy);
      inFlight += 1;
      void attempt(copy, webhookUrl);
    }
  };
  const attempt = async (copy: Copy, url: string) => {
    const { logged } = copy;
    const fate = random() < settings.dropRate ? (random() < 0.5 ? 'lost-there' : 'lost-back') : 'arrives';
    const error = fate === 'lost-there' ? null : await post(url, logged, webhookSecret, settings, closing.signal);
    inFlight -= 1;
    if (closing.signal.aborted) return;
    if (fate === 'arrives') {
      logged.attempts += 1;
      logged.lastError = error;
      if (error !== null) copy.failures += 1;
    }
    if (fate !== 'arrives' || (error !== null && copy.failures < settings.maxAttempts)) {
      after(Math.min(settings.firstRetryMs * 2 ** Math.max(0, copy.failures - 1), MAX_RETRY_MS), copy);
    } else {
      logged[error === null ? 'delivered' : 'abandoned'] += 1;
      logged.pending -= 1;
      if (logged.pending === 0) log.finished(logged);
    }
    onProgress();
    pump();
  };
  return {
    send(logged, copies = settings.copies) {
      logged.pending += copies;
      for (let count = 0; count < copies; count += 1) {
        const copy = { logged, failures: 0 };
        const waitMs = settings.delayMs + (settings.shuffle ? random() * settings.shuffleMs : 0);
        if (waitMs > 0) after(waitMs, copy);
        else ready.add(copy);
      }
      pump();
    },
    settings: () => ({ ...settings }),
    change(patch) {
      Object.assign(settings, patch);
      pump();
    },
    pending: () => ready.size + timers.size + inFlight,
    close() {
      closing.abort();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** One attempt; null when it was answered 2xx, else what went wrong. */
async function post(
  url: string,
  { event }: LoggedEvent,
  secret: string,
  { timeoutMs }: DeliverySettings,
  closing: AbortSignal,
): Promise<string | null> {
  const payload = JSON.stringify(event);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'Stripe-Signature': Stripe.webhooks.generateTestHeaderString({ payload, secret }),
        'User-Agent': 'Stripe/1.0 (local)',
      },
      body: payload,
      redirect: 'manual',
      signal: AbortSignal.any([closing, AbortSignal.timeout(timeoutMs)]),
    });
    // Read to the end, so that the connection can be used again.
    await response.arrayBuffer();
    return response.ok ? null : `answered ${response.status}`;
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error ? `${message}: ${cause.message}` : message;
  }
}
