import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { runQuietly } from './run.mjs';
import { isNodeRight, isPnpmRight } from './versions.mjs';

/**
 * What a command is started on: the Node that runs it, and the environment.
 * @typedef {{ node: string, version: string, env: NodeJS.ProcessEnv }} Machine
 *
 * A program that was looked at; fault: why it cannot be used.
 * @typedef {{ file: string, version?: string, fault?: string }} Candidate
 */

/** @returns {Machine} */
export const thisMachine = () => ({ node: process.execPath, version: process.versions.node, env: process.env });

/** A shim that waits for the network, or for an answer, is of no use. */
const ASK_TIMEOUT_MS = 5_000;

/** The folders of a PATH. @param {string | undefined} path */
export const foldersOf = (path) => (path ?? '').split(delimiter).filter(Boolean);

/**
 * The programs of that name on a PATH that could be started, as a shell sees them: no folders, no broken links, nothing
 * that may not be executed.
 * @param {string} name
 * @param {string[]} folders
 */
export function programsIn(name, folders) {
  return [...new Set(folders)].map((folder) => join(folder, name)).filter(isProgram);
}

/** @param {string} file */
function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * The Nodes of a machine up to the first that is new enough: the one that runs this, then those of PATH.
 * @param {Machine} machine
 * @returns {Promise<Candidate[]>}
 */
export async function lookAtNodes({ node, version, env }) {
  const running = withNodeFault({ file: node, version });
  // Under another name, nobody would find it.
  if (!running.fault && basename(node) !== 'node') running.fault = 'not named node';
  const seen = [running];
  for (const file of programsIn('node', foldersOf(env.PATH))) {
    if (!seen.at(-1)?.fault) break;
    if (file !== node) seen.push(await lookAtNode(file, env));
  }
  return seen;
}

/** @param {string} file @param {NodeJS.ProcessEnv} env */
export async function lookAtNode(file, env) {
  return withNodeFault({ file, version: await askVersion(file, { env }) });
}

/** @param {Candidate} node @returns {Candidate} */
function withNodeFault({ file, version }) {
  if (version === undefined) return { file, fault: 'does not run' };
  return { file, version, ...(!isNodeRight(version) && { fault: 'not supported' }) };
}

/**
 * The pnpms of these folders up to the first that can be used.
 * @param {string[]} folders
 * @param {Machine} machine whose Node they run on
 * @param {string} root
 * @returns {Promise<Candidate[]>}
 */
export async function lookAtPnpms(folders, machine, root) {
  const seen = [];
  for (const file of programsIn('pnpm', folders)) {
    const pnpm = await lookAtPnpm(file, machine, root);
    seen.push(pnpm);
    if (!pnpm.fault) break;
  }
  return seen;
}

/**
 * Reads its package.json instead of running it, which would take a third of a second; what has none (a program by
 * itself, a script that leads elsewhere) is asked. A Corepack shim counts only if it has a right one already: it may not
 * fetch one, which would take as long as it likes.
 * @param {string} file
 * @param {Machine} machine
 * @param {string} root
 * @returns {Promise<Candidate>}
 */
export async function lookAtPnpm(file, { node, env }, root) {
  const { name, version, folder } = manifestOf(file);
  if (name === 'pnpm' && version) {
    return existsSync(join(folder, 'dist')) ? withPnpmFault({ file, version }) : { file, version, fault: 'incomplete' };
  }
  const isCorepack = name === 'corepack';
  const asked = await askVersion(file, {
    // Corepack takes the version from this repository; another shim must not switch to it.
    cwd: isCorepack ? root : tmpdir(),
    env: {
      ...env,
      PATH: [dirname(node), ...foldersOf(env.PATH), ...SYSTEM_FOLDERS].join(delimiter),
      COREPACK_ENABLE_NETWORK: '0',
      npm_config_manage_package_manager_versions: 'false',
    },
  });
  if (isCorepack && asked === undefined) return { file, fault: 'of Corepack, which has not fetched one yet' };
  return withPnpmFault({ file, version: asked });
}

/** @param {Candidate} pnpm @returns {Candidate} */
function withPnpmFault({ file, version }) {
  if (version === undefined) return { file, fault: 'does not run' };
  return { file, version, ...(!isPnpmRight(version) && { fault: 'not supported' }) };
}

/** Where `sh` and `env` are, which even a bare PATH has to lead to. */
export const SYSTEM_FOLDERS = ['/usr/bin', '/bin'];

/** @param {string} file @returns {{ name?: string, version?: string, folder: string }} */
function manifestOf(file) {
  const folder = dirname(dirname(realpathSync(file)));
  try {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { name, version: typeof version === 'string' ? version : undefined, folder };
  } catch {
    return { folder };
  }
}

/** @param {string} file @param {{ cwd?: string, env: NodeJS.ProcessEnv }} options */
async function askVersion(file, { cwd, env }) {
  // What is meant for the command may not be understood by an older Node, and would be no answer.
  const plain = { ...env, NODE_OPTIONS: undefined };
  const { ok, output } = await runQuietly(file, ['--version'], { cwd, env: plain, timeoutMs: ASK_TIMEOUT_MS });
  return ok ? /^v?(\d+\.\d+\.\d+\S*)$/m.exec(output)?.[1] : undefined;
}
