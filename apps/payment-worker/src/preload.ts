import { preload } from '@ticketing/service-kit/preload';

await preload('payment-worker');
