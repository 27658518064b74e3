import { z } from 'zod';
import { telemetryVariables } from './telemetry-variables.ts';

/**
 * Sends traces to the OpenTelemetry collector that `OTEL_EXPORTER_OTLP_ENDPOINT` names; without it, nothing of
 * OpenTelemetry's is even loaded. To be run before anything that it instruments is imported: `node --import`.
 */
export async function startTelemetry(serviceName: string): Promise<void> {
  const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value?.trim()));
  const { success, data } = z.object(telemetryVariables()).safeParse(given);
  // What is wrong stops the service a moment later, with a message.
  if (!success || data.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return;
  // The SDK reads them by itself, spaces and all.
  for (const [name, value] of Object.entries(data)) process.env[name] = String(value);
  const { startSdk } = await import('./telemetry-sdk.ts');
  startSdk(data.OTEL_SERVICE_NAME ?? serviceName);
}
