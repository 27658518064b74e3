import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCaptured } from '../../run/program.ts';
import type { ClosedLoopResult } from './closed-loop.ts';

export interface WrkPlan {
  /** The program. */
  wrk: string;
  url: string;
  connections: number;
  seconds: number;
  warmUpSeconds: number;
  /** GETs, picked at random. */
  paths: string[];
  /** For its script, while it runs. */
  folder: string;
}

/**
 * Warms up, then measures, with wrk (https://github.com/wg/wrk): it takes a fraction of the processor that a load
 * generator in JavaScript takes, which on a machine that both share is a part of what the service has.
 * @throws when an answer was not 2xx or a connection broke: such a figure means nothing
 */
export async function runWrk(plan: WrkPlan, signal: AbortSignal): Promise<ClosedLoopResult> {
  const { seconds, warmUpSeconds, paths, folder } = plan;
  const script = join(folder, `${randomUUID()}.lua`);
  await writeFile(script, luaScript(paths));
  try {
    await load(plan, script, warmUpSeconds, signal);
    return await load(plan, script, seconds, signal);
  } finally {
    await rm(script, { force: true });
  }
}

/** One thread is never the bottleneck, and leaves the service a core on a machine of two. */
async function load({ wrk, url, connections }: WrkPlan, script: string, seconds: number, signal: AbortSignal) {
  const args = ['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`];
  const { out, err, status } = await runCaptured(wrk, [...args, '--script', script, url], { signal });
  signal.throwIfAborted();
  const told = /^summary (\{.*\})$/m.exec(out)?.[1];
  if (status !== 0 || told === undefined) throw new Error(`wrk failed: ${err.trim()}\n${out}`);
  const summary = JSON.parse(told) as Summary;
  if (summary.faults > 0) throw new Error(`${url} did not answer as it should: ${told}`);
  return {
    perSecond: summary.requests / (summary.durationUs / 1e6),
    p50Ms: summary.p50Us / 1000,
    p99Ms: summary.p99Us / 1000,
  };
}

interface Summary {
  requests: number;
  durationUs: number;
  p50Us: number;
  p99Us: number;
  /** Connections that broke, and answers that were not 2xx. */
  faults: number;
}

/** Requests are made before the first is sent; `status` counts from 400 on, and a cached read knows no redirection. */
function luaScript(paths: string[]): string {
  return `
local paths = { ${paths.map((path) => JSON.stringify(path)).join(', ')} }
local requests = {}

init = function()
  math.randomseed(os.time())
  for index, path in ipairs(paths) do requests[index] = wrk.format('GET', path) end
end

request = function()
  return requests[math.random(#requests)]
end

done = function(summary, latency)
  local errors = summary.errors
  print(string.format(
    'summary {"requests":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,"faults":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
`;
}
