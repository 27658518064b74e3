import { expectEqual } from './expect.ts';
import type { Stack } from './stack.ts';

const APPS = ['gateway', 'events-service', 'orders-service', 'payment-worker'];
/** Who has no business with whom: the local Stripe stands for whatever is only where Traefik is. */
const APART = [
  ['local-stripe', 'postgres', 5432],
  ['local-stripe', 'kafka', 9092],
  ['local-stripe', 'queue-redis', 6379],
  ['gateway', 'docker-socket-proxy', 2375],
] as const;
const BASE = 'node:24-slim';
/** On top of the base. */
const MAX_APP_BYTES = 120 * 1024 * 1024;

/** What the images are, and what a process in them may. */
export async function checkImages({ compose, check }: Stack): Promise<void> {
  await check('an image has at most 120 MB more than its base', async () => {
    const size = async (image: string) =>
      Number(await compose.docker('image', 'inspect', '--format', '{{.Size}}', image));
    const base = await size(BASE);
    const sizes = await Promise.all(
      APPS.map(async (app) => [app, (await size(`ticketing/${app}:test`)) - base] as const),
    );
    const report = sizes.map(([app, bytes]) => `${app} ${Math.round(bytes / 1024 / 1024)} MB`).join(', ');
    if (sizes.some(([, bytes]) => bytes > MAX_APP_BYTES)) throw new Error(report);
    return report;
  });
  await check('services run without rights, on a file system that they cannot write to', async () => {
    for (const app of APPS) {
      const script = 'id -u; grep CapEff /proc/self/status; touch /app/x 2>/dev/null && echo wrote; true';
      const out = await compose.run('exec', '--no-TTY', app, 'sh', '-c', script);
      expectEqual(`${app}: uid, capabilities, writes`, out.split(/\s+/), ['1000', 'CapEff:', '0000000000000000']);
    }
  });
  await check('networks keep apart what has no business with each other', async () => {
    const reaches = async (from: string, to: string, port: number) => {
      const script = `require('net').connect(${port}, '${to}')
        .on('connect', () => { console.log('reached'); process.exit(); }).on('error', () => console.log('not reached'))
        .setTimeout(3000, () => { console.log('not reached'); process.exit(); })`;
      return compose.run('exec', '--no-TTY', from, 'node', '-e', script);
    };
    // So that the question itself is known to work.
    expectEqual('gateway to postgres', await reaches('gateway', 'postgres', 5432), 'reached');
    for (const [from, to, port] of APART) expectEqual(`${from} to ${to}`, await reaches(from, to, port), 'not reached');
  });
  await check('an image holds no sources and no build tools', async () => {
    for (const app of APPS) {
      const unwanted = ['*.ts', 'prisma', 'typescript', 'esbuild', 'turbo', 'vitest', '*.test.js', 'schema-engine*'];
      const names = unwanted.map((name) => `-name '${name}'`).join(' -o ');
      // What npm packages ship beside their JavaScript is theirs.
      const script = `find /app \\( ${names} \\) -not -path '*/node_modules/.pnpm/*/node_modules/*/*'; command -v tsc pnpm; true`;
      expectEqual(app, await compose.run('exec', '--no-TTY', app, 'sh', '-c', script), '');
    }
  });
}
