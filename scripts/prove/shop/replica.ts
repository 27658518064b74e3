import { setTimeout as wait } from 'node:timers/promises';
import { AppStartError, describe, startAppProcess, type AppProcess } from '../../start/app-process.ts';
import type { Plan } from '../../start/plan.ts';

export interface ReplicaOptions {
  name: string;
  plan: Plan;
  logFile: string;
  /** How wrong its clock is. */
  clockOffsetMs: number;
  /** It ended though nobody asked it to. */
  onCrash: (how: string) => void;
}

/** One process of the shop, which dies and comes back. */
export interface Replica {
  name: string;
  clockOffsetMs: number;
  isUp: () => boolean;
  /** Tries until it is ready: what it needs may be away for a while. */
  start: () => Promise<void>;
  /** `kill -9`, or a request to end; waits for its end. */
  kill: (signal: 'SIGKILL' | 'SIGTERM') => Promise<void>;
  /** Does not come back. */
  stop: () => Promise<void>;
}

const CLOCK_OFFSET = new URL('../clock-offset.mjs', import.meta.url).href;
const RETRY_MS = 500;
/** Each try takes up to half a minute by itself. */
const TRIES = 4;

export function createReplica({ name, plan, logFile, clockOffsetMs, onCrash }: ReplicaOptions): Replica {
  let app: AppProcess | undefined;
  let isOver = false;
  const { args, env, readyUrl } = plan;

  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    const ending = app;
    app = undefined;
    if (signal === 'SIGKILL') ending?.kill(signal);
    else await ending?.stop();
    await ending?.ended;
  };

  return {
    name,
    clockOffsetMs,
    isUp: () => app !== undefined,
    start: async () => {
      for (let attempt = 1; app === undefined && !isOver; attempt++) {
        try {
          const started = await startAppProcess({
            name,
            args: clockOffsetMs === 0 ? args : ['--import', CLOCK_OFFSET, ...args],
            env: { ...env, CLOCK_OFFSET_MS: String(clockOffsetMs) },
            readyUrl,
            logFile,
          });
          app = started;
          void started.ended.then((ending) => {
            if (app !== started) return;
            app = undefined;
            onCrash(`${name} ended by itself: ${describe(ending)}`);
          });
        } catch (error) {
          if (!(error instanceof AppStartError) || attempt === TRIES) throw error;
          await wait(RETRY_MS);
        }
      }
    },
    kill: end,
    // What it does when it is asked to end is part of the run; here, nobody looks any more.
    stop: async () => {
      isOver = true;
      await end('SIGKILL');
    },
  };
}
