import type { Spread } from './figures.ts';
import type { Outcome } from './measure.ts';
import type { Row } from './row.ts';

const HEADER = ['row', 'ours', 'baseline', 'ratio', 'target', ''];

/** All outcomes as a table of Markdown, aligned as prettier aligns it, so that it reads well in a terminal too. */
export function table(rows: readonly Row[], outcomes: Outcome[]): string {
  const cells = outcomes.map((outcome) => {
    const row = rows.find(({ name }) => name === outcome.row);
    return row === undefined ? [] : cellsOf(row, outcome);
  });
  const all = [HEADER, ...cells];
  const widths = HEADER.map((_, column) => Math.max(3, ...all.map((line) => (line[column] ?? '').length)));
  const line = (texts: string[]) => `| ${texts.map((text, at) => text.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(HEADER), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

function cellsOf(row: Row, outcome: Outcome): string[] {
  const mark = outcome.isReached ? 'reached' : 'missed';
  const name = `\`${row.name}\``;
  if (row.kind === 'contest' && outcome.kind === 'contest') {
    const { ours, baseline, ratio } = outcome;
    const ratios = `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`;
    return [name, `${perSecond(ours)} ${row.unit}`, perSecond(baseline), ratios, `≥ ${row.atLeast.toFixed(1)}`, mark];
  }
  if (row.kind === 'latency' && outcome.kind === 'latency') {
    const { p50Ms, p99Ms } = outcome;
    const p99 = `p99 ${p99Ms.median.toFixed(0)} ms (${p99Ms.min.toFixed(0)}–${p99Ms.max.toFixed(0)})`;
    return [name, `${p99}, p50 ${p50Ms.median.toFixed(0)} ms`, '', '', `p99 < ${row.p99BelowMs} ms`, mark];
  }
  return [];
}

function perSecond({ median, min, max }: Spread): string {
  const count = (figure: number) => Math.round(figure).toLocaleString('en');
  return `${count(median)} (${count(min)}–${count(max)})`;
}

/** What each row is, and what is to be known about its figures. */
export function legend(rows: readonly Row[], outcomes: Outcome[]): string {
  return outcomes
    .map((outcome) => {
      const row = rows.find(({ name }) => name === outcome.row);
      if (!row) return '';
      const against = row.kind === 'contest' ? `, against ${row.baseline}` : '';
      const remark = outcome.remark === undefined ? '' : ` (${outcome.remark})`;
      return `- \`${row.name}\`: ${row.what}${against}${remark}${answerTimes(outcome)}${disturbance(outcome)}.`;
    })
    .join('\n');
}

function answerTimes(outcome: Outcome): string {
  if (outcome.kind === 'latency') return `; slowest ${outcome.maxMs.toFixed(0)} ms`;
  if (!outcome.p99Ms) return '';
  const { ours, baseline } = outcome.p99Ms;
  return `; p99 at full load ${ours.toFixed(0)} ms, baseline ${baseline.toFixed(0)} ms`;
}

function disturbance({ disturbed }: Outcome): string {
  return disturbed === 0 ? '' : `; ${disturbed} of the measurements began beside other work on this machine`;
}
