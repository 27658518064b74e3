import { runService } from '@ticketing/service-kit/run-service';
import { WorkerConfig } from './config.ts';
import { startService } from './service.ts';

await runService('payment-worker', WorkerConfig, startService);
