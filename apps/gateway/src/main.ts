import { runService } from '@ticketing/service-kit/run-service';
import { Config } from './config.ts';
import { startService } from './service.ts';

await runService('gateway', Config, startService);
