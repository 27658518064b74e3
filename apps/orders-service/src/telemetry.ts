import { startTelemetry } from '@ticketing/service-kit/telemetry';

await startTelemetry('orders-service');
