import { runCaptured } from '../run/program.ts';

/** @throws {Error} saying what is missing */
export async function findEngine(env: NodeJS.ProcessEnv): Promise<void> {
  const engine = await runCaptured('docker', ['info', '--format', '{{.ServerVersion}}'], { env }).catch(
    () => undefined,
  );
  const compose = await runCaptured('docker', ['compose', 'version'], { env }).catch(() => undefined);
  if (engine?.status === 0 && compose?.status === 0) return;
  const what = engine?.status === 0 ? 'The compose plugin of Docker is missing' : 'No Docker engine answers';
  throw new Error(`${what}: install it or start it (https://docs.docker.com/engine/install), then try again.`);
}
