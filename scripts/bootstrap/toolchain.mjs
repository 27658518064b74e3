import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { runQuietly } from './run.mjs';

/** What our tools ask for; TypeScript files run as they are from 22.18 on. */
const MIN_NODE = [22, 23];
const NODE_PACKAGE = 'node@24';
const PNPM_VERSION = '10.34.9';
const FETCH_TIMEOUT_MS = 5 * 60_000;

/**
 * The environment in which `node` is new enough and `pnpm` is the one that this repository is used with. What the
 * machine has is used; the rest comes from the npm registry through npx, once.
 * @param {string} root
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function provideToolchain(root) {
  const wanted = [];
  if (!isNodeNewEnough(process.versions.node)) wanted.push(NODE_PACKAGE);
  if (!findPnpm(process.env.PATH ?? '')) wanted.push(`pnpm@${PNPM_VERSION}`);
  const env = withPath(dirname(process.execPath));
  if (wanted.length === 0) return env;
  const bin = (await recall(root, wanted)) ?? (await fetchWithNpx(root, wanted));
  return withPath(bin, env);
}

/** @param {string} version */
function isNodeNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
}

/**
 * The folder of PATH with a pnpm of the right major version. Reads its package.json instead of running it, which would
 * take a third of a second; what is not a plain pnpm (a Corepack shim, say) may want to download one, so it is not used.
 * @param {string} path
 */
function findPnpm(path) {
  const folder = path.split(delimiter).find((candidate) => candidate && existsSync(join(candidate, 'pnpm')));
  if (!folder) return undefined;
  try {
    const file = realpathSync(join(folder, 'pnpm'));
    const { name, version } = JSON.parse(readFileSync(join(dirname(dirname(file)), 'package.json'), 'utf8'));
    return name === 'pnpm' && version.split('.')[0] === PNPM_VERSION.split('.')[0] ? folder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 */
function withPath(folder, env = process.env) {
  const path = (env.PATH ?? '').split(delimiter).filter((entry) => entry !== folder);
  return {
    ...env,
    PATH: [folder, ...path].join(delimiter),
    // Otherwise pnpm downloads and starts the very version that package.json names.
    npm_config_manage_package_manager_versions: 'false',
  };
}

/** @param {string} root */
const memory = (root) => join(root, 'node_modules', '.cache', 'ticketing', 'toolchain.json');

/**
 * Where an earlier start found the same tools, if they are still there and work.
 * @param {string} root
 * @param {string[]} wanted
 */
async function recall(root, wanted) {
  try {
    const known = JSON.parse(readFileSync(memory(root), 'utf8'));
    return known.wanted === wanted.join(' ') && (await works(known.bin, wanted)) ? known.bin : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} bin
 * @param {string[]} wanted
 */
async function works(bin, wanted) {
  if (!existsSync(join(bin, 'pnpm'))) return false;
  if (!wanted.includes(NODE_PACKAGE)) return true;
  const { ok, output } = await runQuietly(join(bin, 'node'), ['--version']);
  return ok && isNodeNewEnough(output.slice(1));
}

/**
 * @param {string} root
 * @param {string[]} wanted
 */
async function fetchWithNpx(root, wanted) {
  const started = Date.now();
  process.stderr.write(`Getting ${wanted.join(' and ')} from the npm registry …\n`);
  const packages = wanted.flatMap((name) => ['-p', name]);
  const { ok, output } = await runQuietly('npx', ['-y', ...packages, '-c', 'node -p process.env.PATH'], {
    timeoutMs: FETCH_TIMEOUT_MS,
  });
  const bin = findNewPnpm(output);
  if (!ok || !bin || !(await works(bin, wanted))) {
    throw new Error(
      `${output}\n\nThis repository needs Node ${MIN_NODE.join('.')} or newer and pnpm ${PNPM_VERSION}; this is Node ` +
        `${process.versions.node}, and getting them with npx failed (see above). Check that npm can reach its ` +
        `registry, or install them yourself: https://nodejs.org and https://pnpm.io/installation.`,
    );
  }
  remember(root, { wanted: wanted.join(' '), bin });
  process.stderr.write(`  done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  return bin;
}

/** npx may write warnings too; its PATH is the line that leads to a pnpm. @param {string} output */
function findNewPnpm(output) {
  for (const line of output.split('\n')) {
    const folder = findPnpm(line);
    if (folder) return folder;
  }
  return undefined;
}

/**
 * Remembered in node_modules, which goes when someone starts afresh.
 * @param {string} root
 * @param {{ wanted: string, bin: string }} found
 */
function remember(root, found) {
  mkdirSync(dirname(memory(root)), { recursive: true });
  writeFileSync(memory(root), JSON.stringify(found));
}
