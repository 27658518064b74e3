import { join } from 'node:path';
import { inRoot } from '../run/repository.ts';
import { startAppProcess } from '../start/app-process.ts';
import { nodeArguments } from '../start/node-arguments.ts';
import type { AppName } from '../start/plan.ts';
import { freePorts } from '../start/ports.ts';
import type { Workbench } from './workbench.ts';

/** A process under load. */
export interface Measured {
  url: string;
  pid: number;
  /** Before the row is over. */
  stop: () => Promise<void>;
}

export const JWT_SECRET = 'a-secret-of-the-bench-with-32-characters';
export const WEBHOOK_SECRET = 'whsec_of_the_bench_only';

/** Starts a built service as it runs in production, and waits until it is ready. */
export async function startService(bench: Workbench, name: AppName, env: NodeJS.ProcessEnv): Promise<Measured> {
  const file = inRoot('apps', name, 'dist', 'main.js');
  return start(bench, name, [...nodeArguments(name), file], '/health/ready', {
    JWT_SECRET,
    MAIL_DIRECTORY: join(bench.folder, 'mail'),
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'json',
    RATE_LIMITS: 'off',
    // A few buyers hold all that there is.
    ORDER_OPEN_HOLDS: '0',
    STRIPE_SECRET_KEY: 'sk_test_bench',
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    // Nobody: nothing that is measured asks Stripe.
    STRIPE_API_BASE: 'http://127.0.0.1:1',
    ...env,
  });
}

/** Starts a program of `baselines/` and waits until it answers at `readyPath`. */
export function startBaseline(
  bench: Workbench,
  name: string,
  { readyPath, env = {} }: { readyPath: string; env?: NodeJS.ProcessEnv },
): Promise<Measured> {
  return start(bench, name, [inRoot('scripts/bench/baselines', `${name}.ts`)], readyPath, env);
}

async function start(bench: Workbench, name: string, program: string[], readyPath: string, env: NodeJS.ProcessEnv) {
  const { profiles, folder } = bench;
  const [port = 0, metricsPort = 0] = await freePorts(2);
  const url = `http://127.0.0.1:${port}`;
  const app = await startAppProcess({
    name,
    args: [...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profiles, name)}`]), ...program],
    // Nothing of the environment of whoever runs it: a service must not find another database or broker.
    env: {
      ...{ NODE_ENV: 'production', HOST: '127.0.0.1', PORT: String(port), METRICS_PORT: String(metricsPort) },
      ...env,
    },
    readyUrl: `${url}${readyPath}`,
    logFile: join(folder, `${name}.log`),
  });
  bench.onClose(app.stop);
  return { url, pid: app.pid, stop: app.stop };
}
