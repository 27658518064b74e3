import { inRoot } from '../run/repository.ts';

/**
 * How large a half of V8's young generation may become, in MB; 16 by default, of which there are three. For those that
 * are as fast with less, or fast enough (`pnpm bench memory`). docker-compose.yml has the same.
 */
const SEMI_SPACE_MB: Partial<Record<string, number>> = { gateway: 4, 'orders-service': 8, 'payment-worker': 2 };

/** How an app's Node is started, before its program; containers do the same. */
export function nodeArguments(app: string): string[] {
  const semiSpaceMb = SEMI_SPACE_MB[app];
  return [
    ...(semiSpaceMb === undefined ? [] : [`--max-semi-space-size=${semiSpaceMb}`]),
    ...['--import', inRoot('apps', app, 'dist', 'preload.js')],
  ];
}
