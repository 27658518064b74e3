import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fetchTools, findFetched, hasTools } from './fetch-tools.mjs';
import { foldersOf, lookAtNodes, lookAtPnpms, programsIn, SYSTEM_FOLDERS, thisMachine } from './machine.mjs';
import { NEEDED, NODE_MAJOR, PNPM_VERSION } from './versions.mjs';

/** @typedef {import('./machine.mjs').Candidate} Candidate */
/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./package-managers.mjs').Package} Package */

/**
 * The environment in which `node` is new enough and `pnpm` is one that this repository can be used with. What the machine
 * has is used; the rest comes from the npm registry, once.
 * @param {string} root
 * @param {Machine} machine
 * @param {(text: string) => void} say what takes long
 * @returns {Promise<NodeJS.ProcessEnv>}
 * @throws what there is, what there should be, and why it could not be fetched
 */
export async function provideToolchain(root, machine = thisMachine(), say = (text) => console.error(text)) {
  const { env } = machine;
  const folders = foldersOf(env.PATH);
  const nodes = await lookAtNodes(machine);
  const node = nodes.find(({ fault }) => !fault)?.file;
  const pnpms = node ? await lookAtPnpms([dirname(node), ...folders], { ...machine, node }, root) : [];
  const pnpm = pnpms.find(({ fault }) => !fault)?.file;
  const own = node && pnpm && inOrder(dirname(node), dirname(pnpm));
  if (own) return environment(env, [...own, ...folders]);
  const wanted = /** @type {Package[]} */ (node ? ['pnpm'] : ['node', 'pnpm']);
  const known = (await recall(root, wanted, machine)) ?? (await findFetched(wanted, machine, root));
  const bin = known ?? (await fetched(root, wanted, machine, say, [...nodes, ...pnpms]));
  remember(root, { wanted: wanted.join(' '), bin });
  return environment(env, [bin, ...(node ? [dirname(node)] : []), ...folders]);
}

/**
 * The two folders in the order in which neither hides a program of the other, if there is one.
 * @param {string} node
 * @param {string} pnpm
 */
function inOrder(node, pnpm) {
  if (programsIn('pnpm', [node]).length === 0 || node === pnpm) return [node, pnpm];
  return programsIn('node', [pnpm]).length === 0 ? [pnpm, node] : undefined;
}

/** @param {NodeJS.ProcessEnv} env @param {string[]} folders of its PATH */
function environment(env, folders) {
  return {
    ...env,
    PATH: [...new Set([...folders, ...SYSTEM_FOLDERS])].join(delimiter),
    // Otherwise pnpm downloads and starts the very version that package.json names.
    npm_config_manage_package_manager_versions: 'false',
    ...NOBODY_IS_TOLD,
  };
}

/** Nothing of what runs here tells its makers, or asks them whether there is something newer. */
const NOBODY_IS_TOLD = {
  DO_NOT_TRACK: '1',
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  CHECKPOINT_DISABLE: '1',
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  npm_config_update_notifier: 'false',
};

/** @param {string} root */
const memory = (root) => join(root, 'node_modules', '.cache', 'ticketing', 'toolchain.json');

/**
 * Where an earlier start found the same tools, if they are still there and work.
 * @param {string} root
 * @param {Package[]} wanted
 * @param {Machine} machine
 * @returns {Promise<string | undefined>}
 */
async function recall(root, wanted, machine) {
  try {
    const known = JSON.parse(readFileSync(memory(root), 'utf8'));
    return known.wanted === wanted.join(' ') && (await hasTools(known.bin, wanted, machine, root))
      ? known.bin
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} root
 * @param {Package[]} wanted
 * @param {Machine} machine
 * @param {(text: string) => void} say
 * @param {Candidate[]} seen
 */
async function fetched(root, wanted, machine, say, seen) {
  const started = Date.now();
  const names = wanted
    .map((each) => ({ node: `Node ${NODE_MAJOR}`, pnpm: `pnpm ${PNPM_VERSION}` })[each])
    .join(' and ');
  say(`Getting ${names} from the npm registry …`);
  const result = await fetchTools(wanted, machine, root);
  if ('reason' in result) throw new Error(lackOf(names, seen, result.reason));
  say(`  done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return result.folder;
}

/**
 * What there is, and what there should be.
 * @param {string} names
 * @param {Candidate[]} seen
 * @param {string} reason
 */
function lackOf(names, seen, reason) {
  const found = seen.map(({ file, version, fault }) => `  ${file}: ${[version, fault].filter(Boolean).join(', ')}`);
  const hasNode = seen.some(({ fault }) => !fault);
  const hasPnpm = seen.some(({ file }) => basename(file) === 'pnpm');
  return [
    `\nThis repository needs ${NEEDED}. Here:`,
    ...found,
    ...(hasNode && !hasPnpm ? ['  no pnpm'] : []),
    `${names} could not be fetched. ${reason}`,
    'Try again when that is mended, or install them yourself: https://nodejs.org and https://pnpm.io/installation',
  ].join('\n');
}

/**
 * Remembered in node_modules, which goes when someone starts afresh. Where that may not be written to, it is found anew.
 * @param {string} root
 * @param {{ wanted: string, bin: string }} found
 */
function remember(root, found) {
  const text = JSON.stringify(found);
  try {
    mkdirSync(dirname(memory(root)), { recursive: true });
    writeFileSync(memory(root), text);
  } catch {
    // Installing will say it.
  }
}
