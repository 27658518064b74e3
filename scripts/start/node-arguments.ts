import { inRoot } from '../run/repository.ts';

/** How an app's Node is started, before its program; containers do the same. */
export function nodeArguments(app: string): string[] {
  return ['--enable-source-maps', '--import', inRoot('apps', app, 'dist', 'telemetry.js')];
}
