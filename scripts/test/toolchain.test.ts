import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environmentForPackages } from '../bootstrap/package-managers.mjs';
import { provideToolchain } from '../bootstrap/toolchain.mjs';
import { isNodeRight, isPnpmRight } from '../bootstrap/versions.mjs';
import { readEnvironment } from '../env.ts';
import { inRoot } from '../run/repository.ts';
import { BROKEN_PNPMS, PNPM_KINDS, putNode, putNpm } from './fake-machine.ts';

const run = promisify(execFile);

/** What npm has, in these tests. */
const FETCHED = { node: '24.99.0', pnpm: '10.34.9' };

let place: string;
let registry: Server;

beforeAll(async () => {
  // A space, which PATH and HOME may well have.
  place = await mkdtemp(join(tmpdir(), 'ticketing tools-'));
  registry = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
  await once(registry, 'listening');
});
afterAll(async () => {
  registry.close();
  await rm(place, { recursive: true, force: true });
});

let machines = 0;

interface Description {
  /** Of the Node that runs the command. */
  running: string;
  /** Of the Node on PATH. */
  onPath?: string | undefined;
  /** Puts one into a folder. */
  pnpm?: ((folder: string) => Promise<void>) | undefined;
  npm?: 'npx' | 'npm' | 'failing' | undefined;
  /** By default one that can be reached. */
  registry?: string;
  isCached?: boolean;
  /** Whether pnpm is in the folder of the Node on PATH. */
  isTogether?: boolean;
}

/** A machine as described, and what a command that is started on it finds. */
async function machine({ running, onPath, pnpm, npm, isTogether = false, isCached = false, ...given }: Description) {
  const folder = join(place, String(++machines));
  const at = (name: string) => join(folder, name, 'bin');
  const root = join(folder, 'root');
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'package.json'), '{"packageManager":"pnpm@10.34.9"}');
  const fetched = { both: at('fetched'), pnpm: at('fetched-pnpm') };
  await putNode(fetched.both, FETCHED.node);
  for (const each of Object.values(fetched)) await PNPM_KINDS['as npm installs it'](each, FETCHED.pnpm);
  const node = await putNode(at('running'), running);
  if (onPath) await putNode(at('path'), onPath);
  await pnpm?.(isTogether ? at('path') : at('pnpm'));
  const url = given.registry ?? `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
  if (npm) {
    const brings = npm === 'failing' ? undefined : fetched;
    await putNpm(join(folder, 'npm'), npm === 'failing' ? 'npx' : npm, { registry: url, brings }, isCached);
  }
  const path = [at('path'), at('pnpm'), join(folder, 'npm')];
  const env = { HOME: join(folder, 'home'), PATH: path.join(':'), NODE_OPTIONS: '--nonsense' };
  return {
    folder,
    asked: () => readFile(join(folder, 'asked'), 'utf8').catch(() => ''),
    /** The versions of the tools that a command gets, or why it gets none. */
    start: async (variables: NodeJS.ProcessEnv = {}): Promise<string> => {
      try {
        const given = { ...env, ...variables };
        const { PATH } = await provideToolchain(root, { node, version: running, env: given }, () => undefined);
        const { stdout } = await run('/bin/sh', ['-c', 'node --version; pnpm --version'], {
          cwd: root,
          env: { PATH, COREPACK_ENABLE_NETWORK: '0' },
        });
        return stdout.trim().replace('\n', ', pnpm ');
      } catch (error) {
        return (error as Error).message;
      }
    },
  };
}

const NODES = { right: ['22.23.0', '24.0.0', '26.1.0'], wrong: ['18.20.8', '20.20.2', '22.22.9', '23.11.0'] };
const PNPMS = {
  right: ['10.26.0', '10.34.9', '10.99.0'],
  wrong: ['8.15.9', '9.15.9', '10.0.0', '10.25.0', '11.28.11'],
};

interface Pnpm {
  title: string;
  /** Of one that can be used. */
  version?: string;
  put?: (folder: string) => Promise<void>;
}

const installed = Object.entries(PNPM_KINDS).flatMap(([kind, put], index): Pnpm[] => {
  const [right = '', wrong = ''] = [PNPMS.right.at(index % 3), PNPMS.wrong.at(index)];
  return [
    { title: `pnpm ${right}, ${kind}`, version: right, put: (folder) => put(folder, right) },
    { title: `pnpm ${wrong}, ${kind}`, put: (folder) => put(folder, wrong) },
  ];
});
const pnpms: Pnpm[] = [
  { title: 'no pnpm' },
  ...installed,
  ...Object.entries(BROKEN_PNPMS).map(([kind, put]) => ({ title: `a pnpm that is ${kind}`, put })),
];

/** Every Node that may run a command with every pnpm; what else there may be takes turns. */
const combinations = [...NODES.right, ...NODES.wrong].flatMap((running, row) =>
  pnpms.map((pnpm, column) => ({
    ...{ running, pnpm },
    onPath: [undefined, '20.1.0', '24.50.0', '16.0.0'][(row + column) % 4],
    npm: ([undefined, 'npx', 'npm', 'failing'] as const)[(2 * row + column + Math.floor(column / 4)) % 4],
    isTogether: (row + Math.floor(column / 2)) % 2 === 0,
  })),
);

describe('every Node with every pnpm starts, or it is said what is missing', () => {
  test.concurrent.each(combinations)(
    'Node $running, $onPath on PATH, $pnpm.title, $npm',
    async ({ running, onPath, pnpm, npm, isTogether }) => {
      const here = await machine({ running, onPath, pnpm: pnpm.put, npm, isTogether });
      const node = [running, onPath].find((version) => version !== undefined && isNodeRight(version));
      const answer = await here.start();
      if (node !== undefined && pnpm.version !== undefined) {
        expect(answer).toBe(`v${node}, pnpm ${pnpm.version}`);
        expect(await here.asked()).toBe('');
      } else if (npm === 'npx' || npm === 'npm') {
        expect(answer).toBe(`v${node ?? FETCHED.node}, pnpm ${FETCHED.pnpm}`);
      } else {
        expect(answer).toContain(
          'This repository needs Node 22.23 or newer (not 23) and pnpm 10, 10.26 or newer. Here:',
        );
        expect(answer).toContain(`running/bin/node: ${running}${isNodeRight(running) ? '\n' : ', not supported'}`);
        if (npm === 'failing') expect(answer).toContain('npm error code E500');
        else if (pnpm.put === undefined) expect(answer).toContain('There is no npm to get them with');
      }
    },
  );
});

test.concurrent.each([...NODES.right, '22.23.1', '25.0.0'])('Node %s is right', (version) => {
  expect(isNodeRight(version)).toBe(true);
});
test.concurrent.each([...NODES.wrong, '16.20.2', '22.0.0', '23.0.0', '9.0.0'])('Node %s is not', (version) => {
  expect(isNodeRight(version)).toBe(false);
});
test.concurrent.each(PNPMS.right)('pnpm %s is right', (version) => {
  expect(isPnpmRight(version)).toBe(true);
});
test.concurrent.each([...PNPMS.wrong, '1.0.0', '12.0.0', '100.30.0'])('pnpm %s is not', (version) => {
  expect(isPnpmRight(version)).toBe(false);
});

const rightPnpm = (folder: string) => PNPM_KINDS['as npm installs it'](folder, '10.30.0');

test.concurrent('a new Node beside a wrong pnpm, and a right pnpm beside an old Node: npx resolves it', async () => {
  const here = await machine({ running: '24.1.0', onPath: '18.0.0', pnpm: rightPnpm, isTogether: true, npm: 'npx' });
  await PNPM_KINDS['as npm installs it'](join(here.folder, 'running', 'bin'), '9.0.0');
  expect(await here.start()).toMatch(/^v24\.\d+\.0, pnpm 10\.34\.9$/);
});

test.concurrent('what was fetched is remembered, and fetched again when it is gone', async () => {
  const here = await machine({ running: '20.0.0', npm: 'npx' });
  expect(await here.start()).toBe('v24.99.0, pnpm 10.34.9');
  expect(await here.start()).toBe('v24.99.0, pnpm 10.34.9');
  expect((await here.asked()).trim().split('\n')).toHaveLength(1);
  await rm(join(here.folder, 'fetched', 'bin', 'node'));
  expect(await here.start()).toContain('brought something that does not run here');
  await putNode(join(here.folder, 'fetched', 'bin'), '24.98.0');
  expect(await here.start()).toBe('v24.98.0, pnpm 10.34.9');
});

test.concurrent('what npx has fetched for another clone is taken without asking anyone', async () => {
  const here = await machine({ running: '20.0.0' });
  const folder = join(here.folder, 'home', '.npm', '_npx', '0123456789abcdef', 'node_modules', '.bin');
  await putNode(folder, '24.5.0');
  await PNPM_KINDS['as npm installs it'](folder, '10.34.9');
  expect(await here.start()).toBe('v24.5.0, pnpm 10.34.9');
});

test.concurrent('what npx takes for complete though a part is gone is fetched anew', async () => {
  const here = await machine({ running: '20.0.0', npm: 'npx' });
  const modules = join(here.folder, 'home', '.npm', '_npx', '0123456789abcdef', 'node_modules');
  const bin = join(modules, '.bin');
  await putNode(bin, '24.5.0');
  const npx = [
    '#!/bin/sh',
    'for last; do :; done',
    `[ -d "${bin}" ] || { mkdir -p "${modules}"; ln -s "${join(here.folder, 'fetched', 'bin')}" "${bin}"; }`,
    `PATH="${bin}:$PATH" exec sh -c "$last"`,
  ];
  await writeFile(join(here.folder, 'npm', 'npx'), npx.join('\n'));
  expect(await here.start()).toBe('v24.99.0, pnpm 10.34.9');
});

test.concurrent('a registry that cannot be reached is named, unless npm has it all in its cache', async () => {
  const closed = 'http://127.0.0.1:1/';
  const [without, cached] = await Promise.all([
    machine({ running: '20.0.0', npm: 'npx', registry: closed }),
    machine({ running: '20.0.0', npm: 'npx', registry: closed, isCached: true }),
  ]);
  expect(await without.start()).toMatch(
    /Node 24 and pnpm 10\.34\.9 could not be fetched\. They are not in the cache, and the npm registry \(http:\/\/127\.0\.0\.1:1\) cannot be reached: .*ECONNREFUSED/,
  );
  expect(await cached.start()).toBe('v24.99.0, pnpm 10.34.9');
});

test.concurrent('without a PATH, what is beside Node is used', async () => {
  const here = await machine({ running: '24.1.0' });
  await rightPnpm(join(here.folder, 'running', 'bin'));
  expect(await here.start({ PATH: undefined })).toBe('v24.1.0, pnpm 10.30.0');
  expect(await here.start({ PATH: ':' })).toBe('v24.1.0, pnpm 10.30.0');
});

test.concurrent('a shim that never answers is not waited for', async () => {
  const here = await machine({ running: '24.1.0', npm: 'npx' });
  const shim = join(here.folder, 'pnpm', 'bin', 'pnpm');
  await mkdir(dirname(shim), { recursive: true });
  await writeFile(shim, '#!/bin/sh\nexec sleep 600\n');
  await chmod(shim, 0o755);
  expect(await here.start()).toBe('v24.1.0, pnpm 10.34.9');
});

test('settings that lead to the registry are kept for a package manager, others are not', () => {
  const env = environmentForPackages({
    ...{ npm_config_registry: 'https://npm.example.com', NPM_CONFIG_CAFILE: '/ca.pem', HTTPS_PROXY: 'http://proxy' },
    ...{ 'npm_config_//npm.example.com/:_authToken': 'token', npm_config_offline: 'true' },
    ...{ npm_config_prefix: '/x', npm_config_ignore_scripts: 'true', npm_config_package_lock: 'false' },
    ...{ npm_config_workspaces: 'true', npm_config_omit: 'optional', NODE_OPTIONS: '--nonsense', PATH: '/a' },
  });
  expect(env).toMatchObject({
    ...{ npm_config_registry: 'https://npm.example.com', NPM_CONFIG_CAFILE: '/ca.pem', HTTPS_PROXY: 'http://proxy' },
    ...{ 'npm_config_//npm.example.com/:_authToken': 'token', npm_config_offline: 'true' },
    ...{ npm_config_ignore_scripts: 'false', PATH: '/a:/usr/bin:/bin' },
  });
  for (const name of ['npm_config_prefix', 'npm_config_package_lock', 'npm_config_workspaces', 'npm_config_omit'])
    expect(env).not.toHaveProperty(name);
  expect(env.NODE_OPTIONS).toBeUndefined();
});

describe('real old Nodes', () => {
  /** Path of the Node of a major version, from npm. */
  async function realNode(major: number): Promise<string> {
    const args = ['-y', '--prefer-offline', '-p', `node@${major}`, '-c', 'node -p process.execPath'];
    const { stdout } = await run('npx', args, { env: environmentForPackages(readEnvironment().all) });
    return stdout.trim().split('\n').at(-1) ?? '';
  }

  test.concurrent('Node 12 says that it is too old', async () => {
    const node = await realNode(12);
    const refusal: unknown = await run(node, [inRoot('scripts/bootstrap.mjs'), 'start']).catch(
      (error: unknown) => error,
    );
    expect(refusal).toMatchObject({ code: 1 });
    expect((refusal as { stderr: string }).stderr).toMatch(
      /^This is Node 12\.\d+\.\d+ \(.+\), which is too old to start anything here\.\nInstall Node 24/,
    );
  });

  test.concurrent.each([18, 20])('Node %i gets to tools that are right', async (major) => {
    const node = await realNode(major);
    const root = await mkdtemp(join(place, 'root-'));
    const url = pathToFileURL(inRoot('scripts/bootstrap/toolchain.mjs')).href;
    const code = `
      import { provideToolchain } from ${JSON.stringify(url)};
      console.log((await provideToolchain(${JSON.stringify(root)})).PATH);`;
    const { stdout } = await run(node, ['--input-type=module', '-e', code], { env: readEnvironment().all });
    const PATH = stdout.trim();
    const versions = await run('/bin/sh', ['-c', 'node --version; pnpm --version'], { cwd: root, env: { PATH } });
    const [nodeVersion = '', pnpmVersion = ''] = versions.stdout.split('\n');
    expect([isNodeRight(nodeVersion.slice(1)), isPnpmRight(pnpmVersion)]).toEqual([true, true]);
  });
});
