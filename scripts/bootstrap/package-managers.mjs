import { accessSync, constants, existsSync } from 'node:fs';
import { homedir, platform, arch } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { foldersOf, programsIn, SYSTEM_FOLDERS } from './machine.mjs';
import { NODE_MAJOR, PNPM_VERSION } from './versions.mjs';

/**
 * A way to get packages and to have a command run that sees their programs.
 * @typedef {{ name: string, file: string, run: (packages: Package[], script: string, isOffline: boolean) => string[] }} PackageManager
 * @typedef {'node' | 'pnpm'} Package
 */

const NPM_NAMES = { node: `node@${NODE_MAJOR}`, pnpm: `pnpm@${PNPM_VERSION}` };
/** Those that need no script of npm's to be complete; on Apple's processors, the name is another one. */
const PLAIN_NAMES = {
  node: `${platform() === 'darwin' && arch() === 'arm64' ? 'node-bin' : 'node'}-${platform()}-${arch()}@${NODE_MAJOR}`,
  pnpm: NPM_NAMES.pnpm,
};

/**
 * What this machine has to get packages with, best first: npx or npm, beside the Node that runs this, of whoever runs this,
 * and of PATH; else pnpm of whatever version.
 * @param {import('./machine.mjs').Machine} machine
 * @returns {PackageManager[]}
 */
export function findPackageManagers({ node, env }) {
  const { npm_execpath: running = '' } = env;
  const places = [dirname(node), ...(running.endsWith('npm-cli.js') ? [dirname(running)] : []), ...foldersOf(env.PATH)];
  const npx = programsIn('npx', places).map((file) => ({
    ...{ name: 'npx', file },
    run: (packages, script, isOffline) => [
      ...['-y', ...preference(isOffline), ...packages.flatMap((each) => ['-p', NPM_NAMES[each]]), '-c', script],
    ],
  }));
  const npm = programsIn('npm', places).map((file) => ({
    ...{ name: 'npm', file },
    run: (packages, script, isOffline) => [
      ...['exec', '--yes', ...preference(isOffline), ...packages.map((each) => `--package=${NPM_NAMES[each]}`)],
      ...['-c', script],
    ],
  }));
  const pnpm = programsIn('pnpm', places).map((file) => ({
    ...{ name: 'pnpm', file },
    run: (packages, script, isOffline) => [
      ...packages.map((each) => `--package=${PLAIN_NAMES[each]}`),
      ...[...preference(isOffline), '--shell-mode', 'dlx', script],
    ],
  }));
  return [...npx, ...npm, ...pnpm];
}

/** What is cached is good enough: npm would ask for the latest 24. @param {boolean} isOffline */
const preference = (isOffline) => [isOffline ? '--offline' : '--prefer-offline'];

/** Settings by which a registry is found and reached. The others are for other purposes, and may break this one. */
const REACHING =
  /^(?:npm|pnpm)_config_(?:registry|userconfig|globalconfig|cache|store_dir|offline|proxy|https?_proxy|no_?proxy|ca|cafile|cert|key|strict_ssl|_.*|\/\/.*|@.*)$/i;

/**
 * The environment for a package manager: without what `npm start`, `npx` or a setting of the user's would have it do
 * otherwise, and with fewer and shorter waits (by default, npm tries again after 10 and 60 s).
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function environmentForPackages(env) {
  const kept = Object.entries(env).filter(([name]) => !/^p?npm_config_/i.test(name) || REACHING.test(name));
  return {
    ...Object.fromEntries(kept),
    NODE_OPTIONS: undefined,
    // As a distribution's Node does by itself: the certificate of a company's proxy is known to the system alone.
    NODE_USE_SYSTEM_CA: env.NODE_USE_SYSTEM_CA ?? '1',
    PATH: [...foldersOf(env.PATH), ...SYSTEM_FOLDERS].join(delimiter),
    npm_config_fetch_retries: '2',
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '5000',
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    // Of `node` and of what pnpm-workspace.yaml allows, without which neither is complete.
    npm_config_ignore_scripts: 'false',
    // Otherwise pnpm would fetch the very version that package.json names.
    npm_config_manage_package_manager_versions: 'false',
  };
}

/** Where npm keeps what it has fetched. @param {NodeJS.ProcessEnv} env */
export const npmCacheOf = (env) => env.npm_config_cache ?? join(env.HOME ?? homedir(), '.npm');

/** Whether something may be made there: in the folder, or in the nearest above that exists. @param {string} folder */
export function isWritable(folder) {
  if (!existsSync(folder)) return dirname(folder) !== folder && isWritable(dirname(folder));
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
