import { access, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { bundle } from '../../build/bundle.ts';
import { inRoot } from '../../run/repository.ts';
import type { AppName } from '../../start/plan.ts';

/** One place of the sources, and what stands there in the broken code. */
export interface Patch {
  /** Relative to the repository. */
  file: string;
  from: string;
  to: string;
}

export interface BrokenBuild {
  /** Programs of the apps that the patches are in. */
  programs: Partial<Record<AppName, string>>;
  remove: () => Promise<void>;
}

const APPS: AppName[] = ['gateway', 'events-service', 'orders-service', 'payment-worker'];

/**
 * Builds the apps with some places of their code replaced; the sources stay as they are.
 * @throws when a text to be replaced is not there exactly once: then the code has changed, and the patch has to follow
 */
export async function buildBroken(name: string, patches: Patch[]): Promise<BrokenBuild> {
  const broken = new Map<string, string>();
  for (const { file, from, to } of patches) {
    const path = inRoot(file);
    const text = broken.get(path) ?? (await readFile(path, 'utf8'));
    const count = text.split(from).length - 1;
    if (count !== 1) throw new Error(`${name}: ${file} has ${count} times, instead of once:\n${from}`);
    broken.set(
      path,
      text.replace(from, () => to),
    );
  }
  const programs: BrokenBuild['programs'] = {};
  const folders: string[] = [];
  for (const app of APPS) {
    const seen = new Set<string>();
    // There, a program finds the packages of its app, and nothing else ever looks.
    const outdir = join('node_modules', '.broken', `${name}-${process.pid}`);
    const folder = inRoot('apps', app);
    folders.push(join(folder, outdir));
    await mkdir(join(folder, outdir), { recursive: true });
    await bundle({ folder, entries: ['src/main.ts'], outdir, plugins: [replacing(broken, seen)] });
    const program = join(folder, outdir, 'main.js');
    await access(program);
    if (seen.size > 0) programs[app] = program;
  }
  if (patches.length > 0 && Object.keys(programs).length === 0)
    throw new Error(`${name}: no app has the code that it breaks`);
  return {
    programs,
    remove: async () => {
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
    },
  };
}

function replacing(broken: Map<string, string>, seen: Set<string>): Plugin {
  return {
    name: 'broken-code',
    setup: (esbuild) => {
      esbuild.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const contents = broken.get(path);
        if (contents === undefined) return undefined;
        seen.add(path);
        return { contents, loader: 'ts' };
      });
    },
  };
}
