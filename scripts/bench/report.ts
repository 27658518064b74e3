import { readFile, writeFile } from 'node:fs/promises';
import { inRoot } from '../run/repository.ts';
import type { Machine } from './machine.ts';

const PAGE = inRoot('docs/benchmarks.md');
const BEGIN = '<!-- Written by `pnpm bench` from here … -->';
const END = '<!-- … to here. -->';

export interface Report {
  date: Date;
  /** As it was typed. */
  command: string;
  rounds: number;
  seconds: number;
  machine: Machine;
  table: string;
  legend: string;
}

/** Puts the figures of a whole run into `docs/benchmarks.md`; what people wrote around them stays. */
export async function writeReport(report: Report): Promise<void> {
  const page = await readFile(PAGE, 'utf8').catch(() => `# Benchmarks\n\n${BEGIN}\n${END}\n`);
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`${PAGE} lacks the two comments between which the figures belong`);
  await writeFile(PAGE, `${page.slice(0, begin)}${BEGIN}\n\n${figures(report)}\n${page.slice(end)}`);
}

function figures({ date, command, rounds, seconds, machine, table, legend }: Report): string {
  const { cpu, cores, memoryGb, system, node, postgres, kafka, loadBefore } = machine;
  const versions = [`Node ${node}`, `Postgres ${postgres}`, ...(kafka === undefined ? [] : [`Kafka ${kafka}`])];
  return `\`${command}\` on ${date.toISOString().slice(0, 10)}: ${rounds} rounds of ${seconds} s for each side. Medians, with
the lowest and the highest round in brackets.

${table}

${legend}

Machine: ${cores} × ${cpu}, ${memoryGb} GB, ${system}; ${versions.join(', ')}. Service, database, broker and load
generator share it. Load average before the run: ${loadBefore.toFixed(2)}.
`;
}
