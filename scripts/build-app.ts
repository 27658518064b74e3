// Bundles an app: `node ../../scripts/build-app.ts [further entries]`, run in the app's folder by its build script: main.ts,
// preload.ts, which Node is told to import before it, and the entries that are named: its command lines.
// Our own code goes into dist/, npm packages stay outside, where instrumentation and their native parts can be reached.
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import type { Metafile } from 'esbuild';
import { bundle } from './build/bundle.ts';

const entries = [...['src/main.ts', 'src/preload.ts'].filter(existsSync), ...process.argv.slice(2)];

await rm('dist', { recursive: true, force: true });
const metafile = await bundle({ folder: process.cwd(), entries, outdir: 'dist' }).catch(() => process.exit(1)); // It has said why.
await refuseUndeclared(metafile);

/**
 * A bundle looks for its packages from the app's folder, also those that only our packages import, so the app has to
 * declare each. In the repository it may seem to work without; in a container image it does not.
 */
async function refuseUndeclared({ outputs }: Metafile): Promise<void> {
  const app = JSON.parse(await readFile('package.json', 'utf8')) as { dependencies?: Record<string, string> };
  const imported = Object.values(outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ path, external }) => external && !isBuiltin(path))
    .map(({ path }) => packageOf(path));
  const missing = [...new Set(imported)].filter((name) => !app.dependencies?.[name]).sort();
  if (missing.length === 0) return;
  await rm('dist', { recursive: true, force: true });
  console.error(`package.json lacks in "dependencies", though the bundle imports it: ${missing.join(', ')}`);
  process.exitCode = 1;
}

/** `@scope/name/file` → `@scope/name`, `name/file` → `name`. */
function packageOf(path: string): string {
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
}
