import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runQuietly } from './run.mjs';

/**
 * Runs `pnpm install --frozen-lockfile` unless it ran with the same lockfile and package.json files before.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export async function installIfNeeded(root, env) {
  const stamp = join(root, 'node_modules', '.cache', 'ticketing', 'installed');
  const state = hashOfManifests(root);
  if (isComplete(root) && existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return;
  const restoreToolchain = keepToolchain(root);
  const started = Date.now();
  removeWhatNpmMade(root);
  process.stderr.write('Installing dependencies (pnpm install --frozen-lockfile) …\n');
  const isShown = process.stderr.isTTY === true;
  const { ok, output } = await runQuietly('pnpm', INSTALL, { cwd: root, env, isShown });
  if (!ok) throw new Error(`${output}\n\n${adviceFor(output)}`);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, state);
  restoreToolchain();
  process.stderr.write(`  done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

const INSTALL = [
  'install',
  '--frozen-lockfile',
  // Builds and tests need them, whatever NODE_ENV says.
  '--prod=false',
  // A node_modules of another pnpm is replaced without a question.
  '--config.confirmModulesPurge=false',
];

/** @param {string} root */
function manifests(root) {
  const folders = ['apps', 'packages'].flatMap((place) =>
    existsSync(join(root, place)) ? readdirSync(join(root, place)).map((name) => join(place, name)) : [],
  );
  return ['.', 'scripts', 'security', ...folders]
    .map((folder) => join(root, folder, 'package.json'))
    .filter((file) => existsSync(file))
    .sort();
}

/** @param {string} root */
function hashOfManifests(root) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of [join(root, 'pnpm-lock.yaml'), join(root, 'pnpm-workspace.yaml'), ...manifests(root)]) {
    if (existsSync(file)) hash.update(`${file.slice(root.length)}\n`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Whether pnpm made node_modules, and none of the packages' own is gone. @param {string} root */
function isComplete(root) {
  return (
    existsSync(join(root, 'node_modules', '.modules.yaml')) &&
    manifests(root).every((file) => existsSync(join(dirname(file), 'node_modules')))
  );
}

/** pnpm would leave npm's packages lying beside its own. @param {string} root */
function removeWhatNpmMade(root) {
  const folder = join(root, 'node_modules');
  if (existsSync(folder) && !existsSync(join(folder, '.modules.yaml'))) rmSync(folder, { recursive: true });
}

/** pnpm may throw away the whole of node_modules, and with it where the tools are. @param {string} root */
function keepToolchain(root) {
  const file = join(root, 'node_modules', '.cache', 'ticketing', 'toolchain.json');
  const known = existsSync(file) ? readFileSync(file) : undefined;
  return () => {
    if (known) writeFileSync(file, known);
  };
}

/** @param {string} output */
function adviceFor(output) {
  if (output.includes('ERR_PNPM_OUTDATED_LOCKFILE') || output.includes('frozen-lockfile')) {
    return 'pnpm-lock.yaml does not fit the package.json files: run `pnpm install`, and commit the lockfile.';
  }
  return 'Installing the dependencies failed (see above). If the registry could not be reached, try again later.';
}
