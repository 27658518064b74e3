import type { Spread } from './figures.ts';
import type { Measured, Outcome, Verdict } from './outcome.ts';
import type { Gauges, Row } from './row.ts';

const HEADER = ['row', 'ours', 'baseline', 'ratio', 'target', ''];

/** All outcomes as a table of Markdown, aligned as prettier aligns it, so that it reads well in a terminal too. */
export function table(rows: readonly Row[], outcomes: Outcome[]): string {
  const cells = outcomes.flatMap((outcome) => {
    const row = rows.find(({ name }) => name === outcome.row);
    return row === undefined ? [] : linesOf(row, outcome);
  });
  const all = [HEADER, ...cells];
  const widths = HEADER.map((_, column) => Math.max(3, ...all.map((line) => (line[column] ?? '').length)));
  const line = (texts: string[]) => `| ${texts.map((text, at) => text.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(HEADER), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

const MARKS: Record<Verdict, string> = { reached: 'reached', missed: 'missed', none: '' };

function linesOf(row: Row, outcome: Outcome): string[][] {
  const name = `\`${row.name}\``;
  if (outcome.kind === 'failed') return [[name, '', '', '', targetOf(row), 'failed']];
  if (row.kind === 'contest' && outcome.kind === 'contest') {
    const { ours, baseline, ratio } = outcome;
    const ratios = `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`;
    const figures = [`${perSecond(ours)} ${row.unit}`, perSecond(baseline), ratios];
    return [[name, ...figures, targetOf(row), MARKS[outcome.verdict]]];
  }
  if (row.kind === 'latency' && outcome.kind === 'latency') {
    return [[name, percentiles(outcome), '', '', targetOf(row), MARKS[outcome.verdict]]];
  }
  if (row.kind === 'gauges' && outcome.kind === 'gauges') {
    return outcome.gauges.map(({ of, value, below, verdict }) => {
      const target = below === undefined ? '' : `< ${below} ${row.unit}`;
      return [`${name} ${of}`, amount(value, row.unit), '', '', target, MARKS[verdict]];
    });
  }
  return [];
}

function targetOf(row: Row): string {
  if (row.kind === 'contest' && row.atLeast !== undefined) return `≥ ${row.atLeast.toFixed(1)}`;
  if (row.kind === 'latency' && row.p99BelowMs !== undefined) return `p99 < ${row.p99BelowMs} ms`;
  return '';
}

function percentiles({ p50Ms, p99Ms, p999Ms }: Record<'p50Ms' | 'p99Ms' | 'p999Ms', Spread>): string {
  const p99 = `p99 ${delay(p99Ms.median)} ms (${delay(p99Ms.min)}–${delay(p99Ms.max)})`;
  return `${p99}, p50 ${delay(p50Ms.median)}, p99.9 ${delay(p999Ms.median)}`;
}

/** Tenths matter below ten milliseconds. */
const delay = (ms: number) => ms.toFixed(ms < 10 ? 1 : 0);

function amount({ median, min, max }: Spread, unit: Gauges['unit']): string {
  const digits = unit === 's' ? 2 : 0;
  const range = min === max ? '' : ` (${min.toFixed(digits)}–${max.toFixed(digits)})`;
  return `${median.toFixed(digits)} ${unit}${range}`;
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
      return `- \`${row.name}\`: ${row.what}${against}${afterwords(outcome)}.`;
    })
    .join('\n');
}

function afterwords(outcome: Outcome): string {
  // A reason may hold what means something in Markdown, or ends a sentence by itself.
  if (outcome.kind === 'failed') return `; failed: \`${outcome.why.replaceAll('`', "'")}\``;
  const remark = outcome.remark === undefined ? '' : ` (${outcome.remark})`;
  return `${remark}${answerTimes(outcome)}${disturbance(outcome)}`;
}

function answerTimes(outcome: Measured): string {
  if (outcome.kind === 'latency') return `; slowest ${outcome.maxMs.toFixed(0)} ms`;
  if (outcome.kind !== 'contest' || !outcome.p99Ms) return '';
  const { ours, baseline } = outcome.p99Ms;
  return `; p99 at full load ${ours.toFixed(0)} ms, baseline ${baseline.toFixed(0)} ms`;
}

function disturbance({ disturbed }: Measured): string {
  return disturbed === 0 ? '' : `; ${disturbed} of the measurements began beside other work on this machine`;
}
