// `pnpm prove`: an on-sale under faults, and a checker that knows nothing of the code.
import { rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { readEnvironment } from './env.ts';
import { runCampaign, type CampaignOptions } from './prove/campaign.ts';
import { chooseMutants, tryMutants } from './prove/mutants.ts';
import { WAYS } from './prove/crowd/ways.ts';
import { HELP } from './help/prove.mjs';
import { readOptions, type ProveOptions } from './prove/options.ts';
import { HOLD_SECONDS, MAX_CLOCK_OFFSET_MS, SETTLE_LIMIT_MS } from './prove/settings.ts';
import { tellVerdict } from './prove/verdict.ts';
import { interruption } from './run/interruption.ts';
import { inRoot } from './run/repository.ts';
import { buildQuietly } from './run/turbo.ts';

/** EX_USAGE of sysexits.h. */
const EXIT_USAGE = 64;

process.exitCode = await main(process.argv.slice(2));
// Nothing may keep it: all that it started is closed by now.
process.exit();

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    const isWanted = options === HELP;
    (isWanted ? console.log : console.error)(options);
    return isWanted ? 0 : EXIT_USAGE;
  }
  const signal = interruption();
  try {
    await buildQuietly('./apps/*', { env: readEnvironment().all, signal });
    return options.mutants ? await checkTheChecker(options, options.mutants, signal) : await prove(options, signal);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return signal.aborted ? 130 : 1;
  }
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
  return result.violations.length === 0 ? 0 : 1;
}

async function checkTheChecker(options: ProveOptions, names: string[], signal: AbortSignal): Promise<number> {
  const { seed, isJson } = options;
  const print = isJson ? console.error : console.log;
  const mutants = chooseMutants(names);
  if (typeof mutants === 'string') {
    console.error(mutants);
    return EXIT_USAGE;
  }
  const folder = folderFor(seed);
  const result = await tryMutants(mutants, { names, seed, folder, signal, print });
  const isKept = options.keep || result.wrong > 0;
  if (!isKept) await rm(folder, { recursive: true, force: true });
  const verdict = result.wrong === 0 ? 'Each was judged as it should be.' : `WRONG: ${result.wrong} were not.`;
  print(`\n${verdict}${isKept ? ` Histories and logs: ${relative(inRoot(), folder)}` : ''}`);
  if (isJson) console.log(JSON.stringify({ date: new Date(), seed, ...result }, undefined, 2));
  return result.wrong === 0 ? 0 : 1;
}

/** For histories and logs. */
function folderFor(seed: string): string {
  const stamp = new Date().toISOString().replaceAll(/[-:]|\..*/g, '');
  return inRoot('.data', 'prove', `${stamp}-seed-${seed.replaceAll(/[^\w.-]/g, '_')}`);
}
