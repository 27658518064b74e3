import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { foldersOf, lookAtNode, lookAtPnpm, programsIn } from './machine.mjs';
import { environmentForPackages, findPackageManagers, isWritable, npmCacheOf } from './package-managers.mjs';
import { findRegistry } from './registry.mjs';
import { lastLinesOf, runQuietly } from './run.mjs';
import { whileItTakesLong } from './waiting.mjs';

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./package-managers.mjs').Package} Package */
/** @typedef {import('./package-managers.mjs').PackageManager} PackageManager */

const FETCH_TIMEOUT_MS = 5 * 60_000;
/** npx may write warnings too. */
const MARK = 'PATH of the tools: ';

/**
 * Looks for a folder with these tools among what npx has fetched for anyone before: no network, and no npm either.
 * @param {Package[]} wanted
 * @param {Machine} machine
 * @param {string} root
 * @returns {Promise<string | undefined>}
 */
export async function findFetched(wanted, machine, root) {
  const place = join(npmCacheOf(machine.env), '_npx');
  for (const name of namesIn(place)) {
    const folder = join(place, name, 'node_modules', '.bin');
    if (await hasTools(folder, wanted, machine, root)) return folder;
  }
  return undefined;
}

/** @param {string} folder */
function namesIn(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * Whether a folder has these tools, and no older Node beside them.
 * @param {string} folder
 * @param {Package[]} wanted
 * @param {Machine} machine
 * @param {string} root
 */
export async function hasTools(folder, wanted, machine, root) {
  const [pnpm] = programsIn('pnpm', [folder]);
  const [node] = programsIn('node', [folder]);
  if (!pnpm || (!node && wanted.includes('node'))) return false;
  if (node && (await lookAtNode(node, machine.env)).fault) return false;
  return !(await lookAtPnpm(pnpm, { ...machine, node: node ?? machine.node }, root)).fault;
}

/**
 * Gets tools through npm, or pnpm, into its own cache. Returns their folder, or why that was not possible.
 * @param {Package[]} wanted
 * @param {Machine} machine
 * @param {string} root
 * @returns {Promise<{ folder: string } | { reason: string }>}
 */
export async function fetchTools(wanted, machine, root) {
  const managers = findPackageManagers(machine);
  if (managers.length === 0) return { reason: 'There is no npm to get them with, neither on PATH nor beside Node.' };
  const env = environmentForPackages({
    ...machine.env,
    PATH: [dirname(machine.node), ...foldersOf(machine.env.PATH)].join(delimiter),
  });
  const reasons = [];
  for (const manager of managers) {
    const fetched = await fetchWith(
      manager,
      wanted,
      { ...machine, env: manager.name === 'pnpm' ? env : withCache(env) },
      root,
    );
    if ('folder' in fetched) return fetched;
    reasons.push(fetched.reason);
    // Another package manager would find the same network.
    if (fetched.isFinal) break;
  }
  return { reason: [...new Set(reasons)].join('\n') };
}

/** Where npm may not write to its own cache, it gets one for this time. @param {NodeJS.ProcessEnv} env */
function withCache(env) {
  if (isWritable(npmCacheOf(env))) return env;
  return { ...env, npm_config_cache: mkdtempSync(join(tmpdir(), 'ticketing-npm-')) };
}

/**
 * @param {PackageManager} manager
 * @param {Package[]} wanted
 * @param {Machine} machine
 * @param {string} root
 * @returns {Promise<{ folder: string } | { reason: string, isFinal: boolean }>}
 */
async function fetchWith({ file, name, run }, wanted, machine, root) {
  const { env } = machine;
  // npx has no settings to show; npm, which comes with it, has.
  const asked = name === 'npx' ? join(dirname(file), 'npm') : file;
  const registry = await findRegistry(asked, { cwd: root, env });
  const isOffline = registry.reason !== undefined;
  const ended = whileItTakesLong((seconds) => console.error(`  ${seconds} s so far, waiting for ${registry.name}`));
  try {
    const options = { cwd: root, env, timeoutMs: FETCH_TIMEOUT_MS };
    const command = run(wanted, `node -p "'${MARK}' + process.env.PATH"`, isOffline);
    let { ok, output } = await runQuietly(file, command, options);
    let folder = await findTools(output, wanted, machine, root);
    if (folder === undefined && removeDamaged(output)) {
      ({ ok, output } = await runQuietly(file, command, options));
      folder = await findTools(output, wanted, machine, root);
    }
    if (folder !== undefined) return { folder };
    if (isOffline) {
      return {
        reason: `They are not in the cache, and ${registry.name} cannot be reached: ${registry.reason}.`,
        isFinal: true,
      };
    }
    const how = ok ? 'brought something that does not run here' : 'could not get them';
    return { reason: `${file} ${how}:\n${lastLinesOf(output)}`, isFinal: false };
  } finally {
    ended();
  }
}

/** @param {string} output */
const pathIn = (output) =>
  foldersOf(
    output
      .split('\n')
      .find((line) => line.startsWith(MARK))
      ?.slice(MARK.length),
  );

/** @param {string} output @param {Package[]} wanted @param {Machine} machine @param {string} root */
async function findTools(output, wanted, machine, root) {
  for (const folder of pathIn(output)) {
    if (programsIn('pnpm', [folder]).length > 0 && (await hasTools(folder, wanted, machine, root))) return folder;
  }
  return undefined;
}

/** npx takes a folder of its cache for complete of which a part is gone. @param {string} output */
function removeDamaged(output) {
  const damaged = pathIn(output)
    .map((folder) => /^(.*[/\\]_npx[/\\][0-9a-f]+)[/\\]node_modules[/\\]\.bin$/.exec(folder)?.[1])
    .find(Boolean);
  if (damaged) rmSync(damaged, { recursive: true, force: true });
  return damaged !== undefined;
}
