import type { CampaignResult } from './campaign.ts';
import type { Violation } from './checker/world.ts';
import type { ProveOptions } from './options.ts';
import type { Figures } from './figures.ts';

/** Of one rule's; the rest is in the JSON. */
const MAX_SHOWN = 10;

export interface VerdictOptions extends ProveOptions {
  print: (line: string) => void;
  /** Where histories and logs are kept. */
  kept: string | undefined;
}

/** Says what happened, and what is wrong. */
export function tellVerdict({ rounds, violations }: CampaignResult, options: VerdictOptions): void {
  const { print, mode, seed, seconds, buyers, kept } = options;
  for (const { name, figures } of rounds) for (const line of describeFigures(name, figures)) print(line);
  const again = `pnpm prove --mode ${mode} --seconds ${seconds} --buyers ${buyers} --seed ${seed}`;
  if (violations.length === 0) {
    print(`\nNothing is wrong. Again: ${again}`);
  } else {
    print(`\nWRONG: ${violations.length} violations. Again: ${again}`);
    for (const line of describeViolations(violations)) print(line);
  }
  if (kept !== undefined) print(`Histories and logs: ${kept}`);
}

export function describeViolations(violations: Violation[]): string[] {
  return [...new Set(violations.map(({ rule }) => rule))].flatMap((rule) => {
    const found = violations.filter((violation) => violation.rule === rule);
    const rest = found.length - MAX_SHOWN;
    return [
      `\n  broken: ${rule} (${found.length} times)`,
      ...found.slice(0, MAX_SHOWN).map(({ what }) => `    ${what}`),
      ...(rest > 0 ? [`    and ${rest} more`] : []),
    ];
  });
}

function describeFigures(name: string, figures: Figures): string[] {
  const { orders, faults, ways } = figures;
  return [
    `\n${name}: ${figures.buyers} buyers, ${figures.requests} requests (${figures.turnedAway} turned away for a while, ` +
      `${figures.withoutAnswer} without an answer)`,
    `  people    ${counted(ways)}`,
    `  orders    ${counted(orders)}`,
    `  money     ${figures.payments} payments (${figures.debits} debits ended), ${figures.refunds} refunds (${figures.refundsByHand} by hand, ` +
      `${figures.failedRefunds} failed, ${figures.retriedRefunds} retried), ${figures.deadLetters} wait for a person` +
      (figures.parked > 0 ? `, ${figures.parked} effects parked` : ''),
    `  tickets   ${figures.tickets} issued, ${figures.checkedIn} checked in`,
    `  emails    ${figures.mails} came`,
    `  webhooks  ${figures.webhooks} acknowledged, ${figures.queued} of them queued`,
    `  faults    ${counted(faults)}`,
    `  checked   stock at ${figures.looksAtStock} moments; all settled ${(figures.settledMs / 1_000).toFixed(1)} s after the last fault`,
  ];
}

function counted(counts: Record<string, number>): string {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return entries.map(([name, count]) => `${count} ${name}`).join(', ') || 'none';
}
