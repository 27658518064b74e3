import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

// Tools of others, as far as anyone here asks them: which version they are, and what they bring.

const script = (lines: string[]) => ['#!/bin/sh', ...lines, ''].join('\n');

async function put(file: string, text: string, mode = 0o755): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { mode });
  return file;
}

/** A Node that says it is of this version, and is the one that runs the tests for all else. */
export function putNode(folder: string, version: string): Promise<string> {
  return put(
    join(folder, 'node'),
    script([`[ "$1" = --version ] && echo v${version} && exit`, `exec "${process.execPath}" "$@"`]),
  );
}

const VERSION_SCRIPT = (version: string) => script([`echo ${version}`]);

/** Each puts a pnpm of a version into a folder, in one of the ways in which people come by it. */
export const PNPM_KINDS = {
  'as npm installs it': async (folder, version) => {
    const home = join(folder, '..', `pnpm-${version}`);
    await put(join(home, 'package.json'), JSON.stringify({ name: 'pnpm', version }));
    await put(join(home, 'dist', 'pnpm.cjs'), '');
    await put(join(home, 'bin', 'pnpm.cjs'), VERSION_SCRIPT(version));
    await link(join(home, 'bin', 'pnpm.cjs'), join(folder, 'pnpm'));
  },
  'a program by itself': async (folder, version) => {
    await put(join(folder, 'pnpm'), VERSION_SCRIPT(version));
  },
  'a script that leads to it': async (folder, version) => {
    const target = await put(join(folder, '..', `elsewhere-${version}`, 'pnpm'), VERSION_SCRIPT(version));
    await put(join(folder, 'pnpm'), script([`exec "${target}" "$@"`]));
  },
  'of Corepack': async (folder, version) => {
    const home = join(folder, '..', 'corepack');
    await put(join(home, 'package.json'), JSON.stringify({ name: 'corepack', version: '0.34.0' }));
    const lines = ['[ "$COREPACK_ENABLE_NETWORK" = 0 ] || exit 9', 'grep -q packageManager package.json || exit 8'];
    await put(join(home, 'dist', 'pnpm.js'), script([...lines, `echo ${version}`]));
    await link(join(home, 'dist', 'pnpm.js'), join(folder, 'pnpm'));
  },
} satisfies Record<string, (folder: string, version: string) => Promise<void>>;

/** Each puts something into a folder that is called pnpm and is of no use. */
export const BROKEN_PNPMS = {
  'a broken link': (folder) => link(join(folder, 'gone'), join(folder, 'pnpm')),
  'not executable': async (folder) => {
    await put(join(folder, 'pnpm'), VERSION_SCRIPT('10.34.9'), 0o644);
  },
  'a folder': async (folder) => {
    await mkdir(join(folder, 'pnpm'), { recursive: true });
  },
  'half removed': async (folder) => {
    const home = join(folder, '..', 'half');
    await put(join(home, 'package.json'), JSON.stringify({ name: 'pnpm', version: '10.34.9' }));
    await link(await put(join(home, 'bin', 'pnpm.cjs'), VERSION_SCRIPT('10.34.9')), join(folder, 'pnpm'));
  },
  failing: async (folder) => {
    await put(join(folder, 'pnpm'), script(['echo "cannot find module" >&2', 'exit 1']));
  },
  'of Corepack, which has not fetched it': async (folder) => {
    const home = join(folder, '..', 'corepack');
    await put(join(home, 'package.json'), JSON.stringify({ name: 'corepack', version: '0.34.0' }));
    await link(await put(join(home, 'dist', 'pnpm.js'), script(['exit 1'])), join(folder, 'pnpm'));
  },
} satisfies Record<string, (folder: string) => Promise<void>>;

async function link(target: string, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await symlink(target, file);
}

export interface FakeNpm {
  /** Where it says that its registry is. */
  registry: string;
  /** Folders with what it brings; undefined: it fails. */
  brings: { both: string; pnpm: string } | undefined;
}

/**
 * An npx or npm that brings the tools of a folder, and keeps in `asked` what it was asked for. Offline, it has nothing
 * unless `isCached`.
 */
export async function putNpm(
  folder: string,
  name: 'npx' | 'npm',
  { registry, brings }: FakeNpm,
  isCached = false,
): Promise<void> {
  const config = `{"registry": "${registry}"}`;
  const lines = [
    `case "$*" in *"config list"*) echo '${config}'; exit;; esac`,
    `echo "${name} $*" >> "${join(folder, '..', 'asked')}"`,
    ...(isCached ? [] : [`case "$*" in *--offline*) echo 'npm error code ENOTCACHED' >&2; exit 1;; esac`]),
    ...(brings === undefined ? ["echo 'npm error code E500' >&2", 'exit 1'] : []),
    'for last; do :; done',
    'echo "npm warn something"',
    `case "$*" in *node@*) tools="${brings?.both ?? ''}";; *) tools="${brings?.pnpm ?? ''}";; esac`,
    'PATH="$tools:$PATH" exec /bin/sh -c "$last"',
  ];
  await put(join(folder, name), script(lines));
  // npx comes with npm, whose settings it has.
  if (name === 'npx') await put(join(folder, 'npm'), script([`echo '${config}'`]));
}
