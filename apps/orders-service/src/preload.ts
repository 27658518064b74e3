import { preload } from '@ticketing/service-kit/preload';

await preload('orders-service');
