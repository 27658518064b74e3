import { randomBytes } from 'node:crypto';
import { runCaptured, runShown } from '../run/program.ts';

export interface ComposeOptions {
  /** Under what `docker compose` itself reads. */
  env: NodeJS.ProcessEnv;
  /** With the secrets. */
  envFile: string;
  signal: AbortSignal;
}

/** `docker compose` for one project of its own. */
export interface Compose {
  project: string;
  /** Runs a command and returns what it wrote. @throws with that when it fails */
  run: (...args: string[]) => Promise<string>;
  /** The same, on this terminal. */
  show: (...args: string[]) => Promise<void>;
  /** Names of the running containers of a service, the oldest first. */
  containers: (service: string) => Promise<string[]>;
  /** Runs `docker`. */
  docker: (...args: string[]) => Promise<string>;
  /** Removes everything, volumes too; also after an interruption. */
  takeDown: () => Promise<void>;
}

export function createCompose({ env, envFile, signal }: ComposeOptions): Compose {
  const project = `ticketing-test-${randomBytes(3).toString('hex')}`;
  // The files are named, so that an override of someone's own has no part in it.
  const given = [
    'compose',
    '--progress',
    'quiet',
    '--project-name',
    project,
    '--env-file',
    envFile,
    '--file',
    'docker-compose.yml',
  ];
  const docker = (...args: string[]) => captured(args, env, signal);
  return {
    project,
    docker,
    run: (...args) => docker(...given, ...args),
    show: async (...args) => {
      const status = await runShown('docker', [...given, ...args], { env, signal });
      signal.throwIfAborted();
      if (status !== 0) throw new Error(`docker compose ${args.join(' ')} ended with ${status}`);
    },
    containers: async (service) => {
      const names = await docker(...given, 'ps', '--format', '{{.Name}}', service);
      return names.split('\n').filter(Boolean).sort(byNumber);
    },
    takeDown: async () => {
      await captured([...given, '--profile', '*', 'down', '--volumes', '--remove-orphans', '--timeout', '5'], env);
    },
  };
}

async function captured(args: string[], env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<string> {
  const { out, err, status } = await runCaptured('docker', args, { env, ...(signal && { signal }) });
  if (status !== 0) throw new Error(`docker ${args.join(' ')} ended with ${status}:\n${err.trim()}`);
  return out.trim();
}

const byNumber = (a: string, b: string): number => a.localeCompare(b, undefined, { numeric: true });
