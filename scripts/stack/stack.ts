import type { Check } from './checks.ts';
import type { Compose } from './compose.ts';
import type { Shop } from './shop.ts';

/** What the checks work with. */
export interface Stack {
  compose: Compose;
  shop: Shop;
  check: Check;
  httpPort: number;
  httpsPort: number;
  /** Folder of certs/ and .env. */
  folder: string;
}
