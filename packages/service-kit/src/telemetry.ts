/**
 * Sends traces to the OpenTelemetry collector that `OTEL_EXPORTER_OTLP_ENDPOINT` names; without it, nothing of
 * OpenTelemetry's is even loaded. To be run before anything that it instruments is imported: `node --import`.
 *
 * The other variables are OpenTelemetry's own, `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` among them
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
 */
export async function startTelemetry(serviceName: string): Promise<void> {
  if (!process.env.OTEL_EXPORTER_OTLP_ENDPOINT) return;
  const { startSdk } = await import('./telemetry-sdk.ts');
  startSdk(serviceName);
}
