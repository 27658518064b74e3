import { setSourceMapsSupport } from 'node:module';
import { startTelemetry } from './telemetry.ts';

/** What has to be done before a service is imported: `node --import`. */
export async function preload(serviceName: string): Promise<void> {
  // For stack traces, of our own code alone: the maps of npm packages take ten to twenty megabytes.
  setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
  await startTelemetry(serviceName);
}
