import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { environmentForPackages, isWritable } from './package-managers.mjs';
import { findRegistry } from './registry.mjs';
import { lastLinesOf, runQuietly } from './run.mjs';
import { whileItTakesLong } from './waiting.mjs';

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
  await install(root, environmentForPackages(env));
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, state);
  restoreToolchain();
  process.stderr.write(`  done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
async function install(root, env) {
  const registry = await findRegistry('pnpm', { cwd: root, env });
  const isOffline = registry.reason !== undefined;
  if (isOffline)
    process.stderr.write(`  ${registry.name} cannot be reached, so what pnpm has in its store has to do\n`);
  const args = [...INSTALL, isOffline ? '--offline' : '--prefer-offline', ...storeOf(root, env)];
  const what = isOffline ? "pnpm's store" : registry.name;
  const ended = whileItTakesLong((seconds) => console.error(`  ${seconds} s so far, installing from ${what}`));
  const isShown = process.stderr.isTTY === true;
  const { ok, output } = await runQuietly('pnpm', args, { cwd: root, env, isShown, silenceMs: SILENCE_MS }).finally(
    ended,
  );
  if (!ok) throw new Error(`${isShown ? '' : `${lastLinesOf(output)}\n`}\n${adviceFor(output, registry)}`);
}

/** pnpm tells each second how far it is; but it does not end when it may not trust the registry, say. */
const SILENCE_MS = 60_000;

const INSTALL = [
  'install',
  '--reporter=append-only',
  '--frozen-lockfile',
  // Builds and tests need them, whatever NODE_ENV says.
  '--prod=false',
  // A node_modules of another pnpm is replaced without a question.
  '--config.confirmModulesPurge=false',
  // The user's settings are for other projects: what these leave out, or refuse, is needed here.
  ...[
    '--config.optional=true',
    '--config.lockfile=true',
    '--config.engineStrict=false',
    '--config.nodeLinker=isolated',
  ],
];

/** Where the store's usual place may not be written to, it comes beside what is installed. */
function storeOf(root, env) {
  const usual =
    env.npm_config_store_dir ?? env.PNPM_HOME ?? env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share', 'pnpm');
  return isWritable(usual) ? [] : [`--store-dir=${join(root, 'node_modules', '.pnpm-store')}`];
}

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

/** @param {string} output @param {import('./registry.mjs').Registry} registry */
function adviceFor(output, { name, reason }) {
  if (/ERR_PNPM_OUTDATED_LOCKFILE|ERR_PNPM_LOCKFILE_CONFIG_MISMATCH/.test(output)) {
    return 'pnpm-lock.yaml does not fit the package.json files: run `pnpm install`, and commit the lockfile.';
  }
  if (reason !== undefined) {
    return `Dependencies are missing from pnpm's store, and ${name} cannot be reached: ${reason}. Try again when it can.`;
  }
  if (/certificate/.test(output)) {
    return `Node does not trust the certificate of ${name}: set NODE_EXTRA_CA_CERTS to the file of its issuer.`;
  }
  return 'Installing the dependencies failed: see above.';
}
