import { z } from 'zod';
import { choice, decimalNumber, httpUrl, variable, wholeNumber } from './variable.ts';

/**
 * OpenTelemetry's own variables, which its SDK reads by itself and goes on without when they are wrong
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). Others of it work too, unchecked.
 */
export function telemetryVariables() {
  return {
    /** Unset: telemetry is off. */
    OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
    OTEL_EXPORTER_OTLP_HEADERS: pairs({ isSecret: true }).optional(),
    OTEL_EXPORTER_OTLP_PROTOCOL: choice('http/protobuf', 'http/json', 'grpc').optional(),
    OTEL_EXPORTER_OTLP_TIMEOUT: wholeNumber(1, 600_000).optional().describe('Milliseconds'),
    OTEL_EXPORTER_OTLP_COMPRESSION: choice('none', 'gzip').optional(),
    OTEL_TRACES_SAMPLER: choice(
      ...(['always_on', 'always_off', 'traceidratio'] as const),
      ...(['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'] as const),
    ).optional(),
    OTEL_TRACES_SAMPLER_ARG: decimalNumber(0, 1).optional(),
    /** Unset: the service's own name. */
    OTEL_SERVICE_NAME: z.string().trim().optional(),
    OTEL_RESOURCE_ATTRIBUTES: pairs({ isSecret: false }).optional(),
  };
}

function pairs({ isSecret }: { isSecret: boolean }) {
  return variable({
    must: 'must be key=value pairs separated by commas, with what is special in them percent-encoded',
    read: (text) => (text.split(',').every((pair) => /^\s*[^=,\s]+=[^=,]*$/.test(pair)) ? text : undefined),
    isSecret,
  });
}
