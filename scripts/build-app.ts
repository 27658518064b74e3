// Bundles an app: `node ../../scripts/build-app.ts [further entries]`, run in the app's folder by its build script: main.ts,
// preload.ts, which Node is told to import before it, and the entries that are named: its command lines.
// Our own code goes into dist/, npm packages stay outside, where instrumentation and their native parts can be reached.
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { parseCommandLine } from '@ticketing/service-kit/command-arguments';
import { runAsProcess, runCommand, UsageError } from '@ticketing/service-kit/command-line';
import { EXIT } from '@ticketing/service-kit/exit-status';
import type { Metafile } from 'esbuild';
import { bundle } from './build/bundle.ts';

const HELP = `Bundles the app of this folder into dist/: src/main.ts, and src/preload.ts, which Node is told to import before it.

  node ../../scripts/build-app.ts [src/<command>-cli.ts …]   also these, its command lines`;

await runAsProcess((args, output) =>
  runCommand({ name: 'node ../../scripts/build-app.ts', help: HELP, readArguments, run: buildApp }, args, output),
);

/** The entries. */
function readArguments(args: string[]): string[] | 'help' {
  const { values, positionals } = parseCommandLine({
    args,
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return 'help';
  const entries = [...['src/main.ts', 'src/preload.ts'].filter(existsSync), ...positionals];
  const missing = entries.find((entry) => !existsSync(entry));
  if (missing !== undefined) throw new UsageError(`There is no file ${missing} in ${process.cwd()}.`);
  if (entries.length === 0) throw new UsageError(`There is no src/main.ts in ${process.cwd()}, and no entry is named.`);
  return entries;
}

async function buildApp(entries: string[]): Promise<number> {
  await rm('dist', { recursive: true, force: true });
  // What is wrong, it says itself.
  const metafile = await bundle({ folder: process.cwd(), entries, outdir: 'dist' }).catch(() => undefined);
  return metafile && (await isDeclared(metafile)) ? EXIT.done : EXIT.failed;
}

/**
 * A bundle looks for its packages from the app's folder, also those that only our packages import, so the app has to
 * declare each; removes what was built where it does not. In the repository it may seem to work without; in a container image it does not.
 */
async function isDeclared({ outputs }: Metafile): Promise<boolean> {
  const app = JSON.parse(await readFile('package.json', 'utf8')) as { dependencies?: Record<string, string> };
  const imported = Object.values(outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ path, external }) => external && !isBuiltin(path))
    .map(({ path }) => packageOf(path));
  const missing = [...new Set(imported)].filter((name) => !app.dependencies?.[name]).sort();
  if (missing.length === 0) return true;
  await rm('dist', { recursive: true, force: true });
  console.error(`package.json lacks in "dependencies", though the bundle imports it: ${missing.join(', ')}`);
  return false;
}

/** `@scope/name/file` → `@scope/name`, `name/file` → `name`. */
function packageOf(path: string): string {
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
}
