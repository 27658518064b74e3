import { join } from 'node:path';
import { describe, startAppProcess, type AppProcess } from './app-process.ts';
import type { Plan, ProcessName } from './plan.ts';

/** A process that ended though nobody asked it to. */
export interface Crash {
  process: ProcessName | 'postgres' | 'kafka' | 'redis';
  /** In words. */
  how: string;
  lastLines: string[];
  /** Has all of them. */
  logFile?: string;
}

export interface Processes {
  start: (name: ProcessName) => Promise<void>;
  /** Kills it with a signal and waits for its end. */
  kill: (name: ProcessName, signal: NodeJS.Signals) => Promise<void>;
  stop: (name: ProcessName) => Promise<void>;
  /** Stops all, in reverse order of the plan. */
  stopAll: () => Promise<void>;
  pids: () => Partial<Record<ProcessName, number>>;
}

export interface ProcessesOptions {
  plans: Partial<Record<ProcessName, Plan>>;
  /** Folder for one log per process. */
  logs: string;
  onLog?: ((process: ProcessName, line: string) => void) | undefined;
  onCrash: (crash: Crash) => void;
}

/** Starts and stops the processes of a plan, and tells when one ends by itself. */
export function createProcesses({ plans, logs, onLog, onCrash }: ProcessesOptions): Processes {
  const running = new Map<ProcessName, AppProcess>();

  const start = async (name: ProcessName) => {
    const plan = plans[name];
    if (!plan) throw new Error(`${name} is not part of this stack`);
    const logFile = join(logs, `${name}.log`);
    const app = await startAppProcess({
      name,
      ...plan,
      logFile,
      onLog: (line) => onLog?.(name, line),
    });
    running.set(name, app);
    void app.ended.then((ending) => {
      if (running.get(name) !== app) return;
      running.delete(name);
      onCrash({ process: name, how: describe(ending), lastLines: app.lastLines(), logFile });
    });
  };

  /** From here on its end is no crash. */
  const release = (name: ProcessName) => {
    const app = running.get(name);
    running.delete(name);
    return app;
  };
  const stop = async (name: ProcessName) => release(name)?.stop();

  return {
    start,
    stop,
    kill: async (name, signal) => {
      const app = release(name);
      app?.kill(signal);
      await app?.ended;
    },
    // In turn, so that the origin is closed before what it forwards to.
    stopAll: async () => {
      for (const name of (Object.keys(plans) as ProcessName[]).reverse()) await stop(name);
    },
    pids: () => Object.fromEntries([...running].map(([name, { pid }]) => [name, pid])),
  };
}
