import { runService } from '@ticketing/service-kit/run-service';
import { OrdersConfig } from './config.ts';
import { startService } from './service.ts';

await runService('orders-service', OrdersConfig, startService);
