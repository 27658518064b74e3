import { setTimeout as wait } from 'node:timers/promises';
import {
  context,
  isSpanContextValid,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
  type SpanContext,
  type TracerProvider,
} from '@opentelemetry/api';

/**
 * The trace that this code runs in, to be kept with work that is done later: a message's header, a column of a row.
 * Undefined, at no cost worth mentioning, where telemetry is off. https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function currentTraceparent(): string | undefined {
  const current = trace.getActiveSpan()?.spanContext();
  if (!current || !isSpanContextValid(current)) return undefined;
  const flags = (current.traceFlags & 0xff).toString(16).padStart(2, '0');
  return `00-${current.traceId}-${current.spanId}-${flags}`;
}

/** The ids of the trace and the span that this code runs in: for the log. Nothing where telemetry is off. */
export function currentIds(): { traceId?: string; spanId?: string } {
  const current = trace.getActiveSpan()?.spanContext();
  return current ? { traceId: current.traceId, spanId: current.spanId } : {};
}

/** Names the span of the request that is being answered by what was asked, once that is known; ids stay out of its name. */
export function nameRequestSpan(method: string, route: string): void {
  const span = trace.getActiveSpan();
  if (!span?.isRecording()) return;
  span.updateName(`${method} ${route}`);
  span.setAttribute('http.route', route);
}

/** Hands a message on in a span of its own, with whose traceparent it is to be sent. */
export function inProducerSpan<Result>(
  name: string,
  attributes: Attributes,
  send: () => Promise<Result>,
): Promise<Result> {
  return tracer().startActiveSpan(name, { kind: SpanKind.PRODUCER, attributes }, (span) => ended(span, send));
}

/** Sends what spans there are to the collector, before the process ends; does not wait long for one that is away. */
export async function flushTraces(): Promise<void> {
  const provider: Flushable = trace.getTracerProvider();
  const flushed = (provider.getDelegate?.() ?? provider).forceFlush?.().catch(() => undefined);
  await Promise.race([flushed, wait(FLUSH_TIMEOUT_MS, undefined, { ref: false })]);
}

const FLUSH_TIMEOUT_MS = 2_000;

/** What OpenTelemetry's API gives is a stand-in for the SDK's provider, if there is one; its type does not say so. */
interface Flushable extends TracerProvider {
  getDelegate?: () => Flushable;
  forceFlush?: () => Promise<void>;
}

const tracer = () => trace.getTracer('ticketing');

/**
 * Does work that was put off, in a span of the trace that it was put off in. Without a traceparent, or with one that is
 * not valid, the span belongs to whatever trace this code runs in, or begins one. Where telemetry is off, it only does the
 * work. Names and attributes leave the house: no secrets, no e-mail addresses.
 */
export function inTrace<Result>(
  traceparent: string | undefined,
  name: string,
  attributes: Attributes,
  work: () => Promise<Result>,
): Promise<Result> {
  return inTraces([traceparent], name, attributes, work);
}

/**
 * Does the work of many at once, in a span of the first one's trace, with links to the others. The first that is sampled:
 * otherwise one that is not would hide the work of all who are.
 */
export function inTraces<Result>(
  traceparents: (string | undefined)[],
  name: string,
  attributes: Attributes,
  work: () => Promise<Result>,
): Promise<Result> {
  const origins = traceparents.map(parseTraceparent).filter((origin) => origin !== undefined);
  const parent = origins.find(({ traceFlags }) => traceFlags & SAMPLED) ?? origins[0];
  const others = new Map(origins.map((origin) => [origin.spanId, origin]));
  if (parent) others.delete(parent.spanId);
  const links = [...others.values()].slice(0, MAX_LINKS).map((origin) => ({ context: origin }));
  const active = context.active();
  return tracer().startActiveSpan(
    name,
    { kind: SpanKind.CONSUMER, attributes, links },
    parent ? trace.setSpanContext(active, parent) : active,
    (span) => ended(span, work),
  );
}

/** Versions to come may add fields at the end; all-zero ids, and version ff, are invalid. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;
const SAMPLED = 0x01;
/** What OpenTelemetry keeps of a span's links (OTEL_SPAN_LINK_COUNT_LIMIT). */
const MAX_LINKS = 128;

function parseTraceparent(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

async function ended<Result>(span: Span, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    // Only what kind of error: its message may hold what must not leave the house, such as a buyer's address.
    const { code, name } = error as { code?: unknown; name?: unknown };
    span.setAttribute('error.type', [code, name].find((kind) => typeof kind === 'string') ?? 'unknown');
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
