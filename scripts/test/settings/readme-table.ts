import { readFile } from 'node:fs/promises';
import { inRoot } from '../../run/repository.ts';
import { APPS } from './schemas.ts';

/** A variable in the table of the README's chapter on configuration. */
export interface Documented {
  /** Of the service itself, for each reader in turn, or one for all; empty if it has none. */
  presets: string[];
  isRequired: boolean;
  readers: string[];
  /** What other ways of running make of it: `fixed`, or its default there. */
  stack: string | undefined;
  start: string | undefined;
}

/** The rows, by variable. A row of several has a default for each of them, or none. */
export async function readmeVariables(): Promise<Map<string, Documented>> {
  const readme = await readFile(inRoot('README.md'), 'utf8');
  const chapter = /^## Configuration$(.*?)^## /ms.exec(readme)?.[1] ?? '';
  const rows = chapter.split('\n').flatMap((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    return line.startsWith('| `') ? [cells.slice(1, -1)] : [];
  });
  return new Map(rows.flatMap(readRow));
}

function readRow([variables = '', preset = '', readBy = '']: string[]): [string, Documented][] {
  const [own = '', ...others] = preset.split(';').map((part) => part.trim());
  const elsewhere = (where: string) => {
    const said = others.find((other) => other.startsWith(`${where}: `))?.slice(where.length + 2);
    return said === undefined ? undefined : (codes(said)[0] ?? said);
  };
  const names = codes(variables);
  const presets = own.startsWith('`') ? codes(own) : [];
  return names.map((name, index) => [
    name,
    {
      presets: names.length > 1 ? presets.slice(index, index + 1) : presets,
      isRequired: own === 'required',
      readers: readBy === 'all' ? APPS : readBy.split(', ').map((reader) => codes(reader)[0] ?? reader),
      stack: elsewhere('container stack'),
      start: elsewhere('`npm start`'),
    },
  ]);
}

const codes = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
