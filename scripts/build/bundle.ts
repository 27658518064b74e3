import { build, type Metafile, type Plugin } from 'esbuild';

export interface BundleOptions {
  /** The app's folder. */
  folder: string;
  /** Relative to it. */
  entries: string[];
  /** Relative to it. */
  outdir: string;
  plugins?: Plugin[];
}

/**
 * Bundles an app: our own code goes into `outdir`, npm packages stay outside, where instrumentation and their native parts
 * can be reached.
 */
export async function bundle({ folder, entries, outdir, plugins = [] }: BundleOptions): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: entries,
    outdir,
    bundle: true,
    splitting: entries.length > 1,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    sourcemap: true,
    metafile: true,
    logLevel: 'warning',
    plugins: [npmPackagesStayOutside(), ...plugins],
  });
  return metafile;
}

function npmPackagesStayOutside(): Plugin {
  return {
    name: 'npm-packages-stay-outside',
    setup: (esbuild) => {
      esbuild.onResolve({ filter: /^[^./#]/ }, ({ path, kind }) =>
        kind === 'entry-point' || path.startsWith('@ticketing/') ? undefined : { path, external: true },
      );
    },
  };
}
