// `pnpm prove`: an on-sale under faults, and a checker that knows nothing of the code.
import { rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { runAsProcess, runCommand } from '@ticketing/service-kit/command-line';
import { EXIT } from '@ticketing/service-kit/exit-status';
import { readEnvironment } from './env.ts';
import { runCampaign, type CampaignOptions } from './prove/campaign.ts';
import { tryMutants } from './prove/mutants.ts';
import type { Mutant } from './prove/mutants/mutant.ts';
import { WAYS } from './prove/crowd/ways.ts';
import { HELP } from './help/prove.mjs';
import { readOptions, type ProveOptions } from './prove/options.ts';
import { HOLD_SECONDS, MAX_CLOCK_OFFSET_MS, SETTLE_LIMIT_MS } from './prove/settings.ts';
import { tellVerdict } from './prove/verdict.ts';
import { interruptibly } from './run/interruption.ts';
import { inRoot } from './run/repository.ts';
import { buildQuietly } from './run/turbo.ts';

await runAsProcess((args, output) => {
  const run = (options: ProveOptions) => interruptibly((signal) => buildAndProve(options, signal));
  return runCommand({ name: 'pnpm prove', help: HELP, readArguments: readOptions, run }, args, output);
});
// Nothing may keep it: all that it started is closed by now.
process.exit();

async function buildAndProve(options: ProveOptions, signal: AbortSignal): Promise<number> {
  await buildQuietly('./apps/*', { env: readEnvironment().all, signal });
  return options.mutants ? checkTheChecker(options, options.mutants, signal) : prove(options, signal);
}

async function prove(options: ProveOptions, signal: AbortSignal): Promise<number> {
  const { mode, seed, seconds, minutes, isJson, keep } = options;
  const print = isJson ? console.error : console.log;
  const started = performance.now();
  const say = (line: string) => print(`${((performance.now() - started) / 1_000).toFixed(1).padStart(7)} s  ${line}`);
  const folder = folderFor(seed);
  const campaign: CampaignOptions = {
    ...{
      mode,
      seed,
      folder,
      signal,
      say,
      buyers: options.buyers,
      faults: options.withFaults ? undefined : [],
      ways: WAYS,
    },
    ...{ totalMs: minutes * 60_000, roundMs: seconds * 1_000, holdSeconds: HOLD_SECONDS },
    ...{ settleLimitMs: SETTLE_LIMIT_MS, maxClockOffsetMs: options.withFaults ? MAX_CLOCK_OFFSET_MS : 0 },
  };
  say(`${mode} mode, seed ${seed}: ${options.buyers} buyers in ${seconds} s; starting the shop`);
  const result = await runCampaign(campaign);
  const isKept = keep || result.violations.length > 0;
  if (!isKept) await rm(folder, { recursive: true, force: true });
  tellVerdict(result, { ...options, print, kept: isKept ? relative(inRoot(), folder) : undefined });
  if (isJson) console.log(JSON.stringify({ date: new Date(), ...options, ...result }, undefined, 2));
  return result.violations.length === 0 ? EXIT.done : EXIT.failed;
}

async function checkTheChecker(options: ProveOptions, mutants: Mutant[], signal: AbortSignal): Promise<number> {
  const { seed, isJson } = options;
  const print = isJson ? console.error : console.log;
  const folder = folderFor(seed);
  const result = await tryMutants(mutants, { seed, folder, signal, print });
  const isKept = options.keep || result.wrong > 0;
  if (!isKept) await rm(folder, { recursive: true, force: true });
  const verdict = result.wrong === 0 ? 'Each was judged as it should be.' : `WRONG: ${result.wrong} were not.`;
  print(`\n${verdict}${isKept ? ` Histories and logs: ${relative(inRoot(), folder)}` : ''}`);
  if (isJson) console.log(JSON.stringify({ date: new Date(), seed, ...result }, undefined, 2));
  return result.wrong === 0 ? EXIT.done : EXIT.failed;
}

/** For histories and logs. */
function folderFor(seed: string): string {
  const stamp = new Date().toISOString().replaceAll(/[-:]|\..*/g, '');
  return inRoot('.data', 'prove', `${stamp}-seed-${seed.replaceAll(/[^\w.-]/g, '_')}`);
}
