import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createLog } from '../src/log.ts';
import { withoutSecrets } from '../src/telemetry-sdk.ts';
import { currentTraceparent, inProducerSpan, inTrace, inTraces, nameRequestSpan } from '../src/trace.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const OTHER_TRACE = '1af7651916cd43dd8448eb211c80319c';
const sampled = (trace: string, span = 'b7ad6b7169203331') => `00-${trace}-${span}-01`;
const unsampled = (trace: string, span = 'c7ad6b7169203331') => `00-${trace}-${span}-00`;

/** What a log writes where this is called. */
async function loggedLine(): Promise<object> {
  const lines: string[] = [];
  const log = createLog({
    name: 'test',
    level: 'info',
    format: 'json',
    destination: { write: (line) => lines.push(line) },
  });
  log.info('something happened');
  await Promise.resolve();
  return JSON.parse(lines[0] ?? '') as object;
}

const now = () => Promise.resolve(currentTraceparent());

describe('where telemetry is off', () => {
  test('there is no trace, and work is only done', async () => {
    expect(currentTraceparent()).toBeUndefined();
    expect(await inTrace(undefined, 'job', {}, now)).toBeUndefined();
    expect(await inProducerSpan('send', {}, now)).toBeUndefined();
    expect(Object.keys(await loggedLine())).not.toContain('traceId');
    await expect(inTrace(sampled(TRACE), 'job', {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});

describe('where telemetry is on', () => {
  const exporter = new InMemorySpanExporter();
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  });
  afterEach(() => exporter.reset());
  afterAll(() => {
    context.disable();
    trace.disable();
  });

  const spans = () => exporter.getFinishedSpans();

  test('work that was put off is a child of the traceparent that was kept with it, and can be put off again', async () => {
    const inside = await inTrace(sampled(TRACE), 'job', { kind: 'refund' }, now);
    const [span] = spans();
    expect(span).toMatchObject({ name: 'job', attributes: { kind: 'refund' }, links: [] });
    expect(span?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: 'b7ad6b7169203331' });
    expect(inside).toBe(sampled(TRACE, span?.spanContext().spanId));
    expect(currentTraceparent()).toBeUndefined();
  });

  test.each([undefined, '', 'rubbish', sampled('0'.repeat(32)), `ff-${TRACE}-b7ad6b7169203331-01`])(
    'with the traceparent %j it belongs to the trace around it, or begins one',
    async (traceparent) => {
      expect(await inTrace(traceparent, 'job', {}, now)).toMatch(/^00-(?!0{32})[\da-f]{32}-[\da-f]{16}-01$/);
      const around = await inTrace(sampled(TRACE), 'around', {}, () => inTrace(traceparent, 'job', {}, now));
      expect(around).toContain(TRACE);
    },
  );

  test('work that fails marks its span by the kind of error, without its message, and fails', async () => {
    const error = Object.assign(new Error('550 nobody@example.com is unknown'), { code: 'EENVELOPE' });
    await expect(inTrace(sampled(TRACE), 'job', {}, () => Promise.reject(error))).rejects.toBe(error);
    expect(spans()[0]).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'EENVELOPE' },
    });
    expect(JSON.stringify([spans()[0]?.events, spans()[0]?.attributes, spans()[0]?.status])).not.toContain('@');
  });

  test('the work of many runs in the trace of the first that is sampled, with links to the others', async () => {
    const origins = [unsampled(OTHER_TRACE), undefined, sampled(TRACE), sampled(TRACE, 'd7ad6b7169203331')];
    await inTraces(origins, 'batch', {}, now);
    const [span] = spans();
    expect(span?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: 'b7ad6b7169203331' });
    expect(span?.links.map(({ context }) => context.spanId)).toEqual(['c7ad6b7169203331', 'd7ad6b7169203331']);
  });

  test('what is handed on carries the span that hands it on, in the trace around it', async () => {
    const sent = await inTrace(sampled(TRACE), 'webhook', {}, () => inProducerSpan('send', {}, now));
    const [send, webhook] = spans();
    expect(sent).toBe(sampled(TRACE, send?.spanContext().spanId));
    expect(send?.parentSpanContext?.spanId).toBe(webhook?.spanContext().spanId);
  });

  test('a request’s span is named by its route, and a log line has the ids of its trace', async () => {
    const line = await inTrace(sampled(TRACE), 'GET', {}, async () => {
      nameRequestSpan('GET', '/orders/{id}');
      return loggedLine();
    });
    const [span] = spans();
    expect(span).toMatchObject({ name: 'GET /orders/{id}', attributes: { 'http.route': '/orders/{id}' } });
    expect(line).toMatchObject({ traceId: TRACE, spanId: span?.spanContext().spanId });
  });

  test('work of which nothing is sampled is not recorded', async () => {
    expect(await inTrace(unsampled(TRACE), 'job', {}, now)).toMatch(new RegExp(`^00-${TRACE}-[\\da-f]{16}-00$`));
    expect(spans()).toEqual([]);
  });
});

test.each([
  ['/tickets/ABC-123/check-in?x=1', '/tickets/{code}/check-in'],
  ['/Tickets/ABC-123', '/tickets/{code}'],
  ['/events?q=a%20name&cursor=abc', '/events'],
  ['/orders/0190a5a5/tickets', '/orders/0190a5a5/tickets'],
])('of the address %j a span has the path %j', (url, path) => {
  expect(withoutSecrets({ url })).toEqual({ 'url.path': path, 'url.query': '' });
});
