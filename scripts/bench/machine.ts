import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';

/** Where and on what figures were taken. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  postgres: string;
  /** Absent when no row needed it. */
  kafka?: string | undefined;
  /** Processes that wanted to run, averaged over the minute before the run: what else the machine was doing. */
  loadBefore: number;
}

export function describeMachine(): Omit<Machine, 'postgres' | 'kafka'> {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: `${platform()} ${release()}`,
    node: process.versions.node,
    loadBefore: loadavg()[0] ?? 0,
  };
}
