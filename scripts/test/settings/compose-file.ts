import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { inRoot } from '../../run/repository.ts';

const ComposeFile = z.object({
  services: z.record(z.string(), z.object({ environment: z.record(z.string(), z.coerce.string()).default({}) })),
});

/** The environment of each service of a compose file, with its `${…}` as they are written. */
export async function composeEnvironments(file: string): Promise<Record<string, Record<string, string>>> {
  const { services } = ComposeFile.parse(await composeTree(file));
  return Object.fromEntries(Object.entries(services).map(([name, { environment }]) => [name, environment]));
}

/** The variables that a compose file takes from `.env`, each with the defaults that it has there. */
export async function composeVariables(file: string): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for (const { name, preset } of interpolations(JSON.stringify(await composeTree(file)))) {
    const presets = found.get(name) ?? new Set();
    found.set(name, ['', NO_FILE].includes(preset) ? presets : presets.add(preset));
  }
  return found;
}

/** What is mounted while a variable names no file. */
const NO_FILE = '/dev/null';

async function composeTree(file: string): Promise<unknown> {
  return parse(await readFile(inRoot(file), 'utf8'), { merge: true, logLevel: 'error' });
}

export interface Interpolation {
  name: string;
  /** What it is while it is unset; '' if that is empty or refused. */
  preset: string;
}

/** The `${…}` of a text, outer ones before those that they have as their default. */
export function interpolations(text: string): Interpolation[] {
  return [...text.matchAll(/(?<!\$)\$\{([A-Z0-9_]+)(?:(:?[-?+])((?:[^{}]|\$\{[^{}]*\})*))?\}/g)].flatMap(
    ([, name = '', operator = '', rest = '']) => {
      const inner = interpolations(rest);
      const preset = operator.endsWith('-') ? (inner[0]?.preset ?? rest) : '';
      return [{ name, preset }, ...inner];
    },
  );
}
