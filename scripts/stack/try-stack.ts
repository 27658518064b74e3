import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { parseEnv } from 'node:util';
import { runCaptured } from '../run/program.ts';
import { inRoot } from '../run/repository.ts';
import { freePorts } from '../start/ports.ts';
import type { Check } from './checks.ts';
import { createCompose } from './compose.ts';
import { checkFront } from './front.ts';
import { checkImages } from './images.ts';
import { checkOutages } from './outages.ts';
import { checkPurchase } from './purchase.ts';
import { checkReplicas } from './replicas.ts';
import { openShop } from './shop.ts';
import type { Stack } from './stack.ts';
import { checkTraces } from './traces.ts';

export interface TryStackOptions {
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  check: Check;
  /** Leave it running. */
  keep: boolean;
}

/** From secrets to removal. A check that fails does not end it, unless nothing after it could pass. */
export async function tryStack({ env, signal, check, keep }: TryStackOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ticketing-stack-'));
  const [httpPort = 0, httpsPort = 0] = await freePorts(2);
  const clean = await withoutSettings(env);
  const compose = createCompose({
    env: { ...clean, ...settings(folder, httpPort, httpsPort) },
    envFile: join(folder, '.env'),
    signal,
  });
  const stack = { compose, check, httpPort, httpsPort, folder, shop: openShop(`https://localhost:${httpsPort}`) };
  try {
    await tryAll(stack, clean);
  } finally {
    if (keep) sayHowToEnd(stack);
    else {
      await takeDown(stack, signal);
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function tryAll(stack: Stack, env: NodeJS.ProcessEnv): Promise<void> {
  const { compose, shop, check, folder } = stack;
  const hasSecrets = await check(
    'scripts/gen-certs.sh makes certificates and secrets, and keeps them when run again',
    () => makeSecrets(folder),
  );
  if (!hasSecrets) return;
  tls.setDefaultCACertificates([
    ...tls.getCACertificates('default'),
    await readFile(join(folder, 'certs', 'ca.crt'), 'utf8'),
  ]);
  await check('without secrets, nothing starts, and each is named', () => refuseWithoutSecrets(folder, env));
  const isBuilt = await check('docker compose build makes every image', () => compose.show('build', '--quiet'));
  if (!isBuilt) return;
  const isUp = await check('docker compose up -d starts everything, and all of it answers', async () => {
    await compose.show('up', '--detach', '--quiet-pull');
    await shop.untilHealthy();
  });
  if (!isUp) {
    await compose.show('ps', '--all');
    await compose.show('logs', '--tail', '20');
    return;
  }
  await checkImages(stack);
  await checkFront(stack);
  await checkPurchase(stack);
  await checkTraces(stack);
  await checkReplicas(stack);
  await checkOutages(stack);
}

/** What the stack is tried with: replicas and loads that come from one address. */
function settings(folder: string, httpPort: number, httpsPort: number): NodeJS.ProcessEnv {
  return {
    CERTS_DIR: join(folder, 'certs'),
    HTTP_PORT: String(httpPort),
    HTTPS_PORT: String(httpsPort),
    IMAGE_TAG: 'test',
    RATE_LIMITS: 'off',
    ORDER_OPEN_HOLDS: '0',
    RATE_LIMIT_AVERAGE: '10000',
    RATE_LIMIT_BURST: '10000',
    STRIPE_MAX_RPS: '1000',
    TRACES_SAMPLE_RATIO: '1',
  };
}

/** What is set for someone's own stack must not reach this one: compose prefers the environment to its file. */
async function withoutSettings(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const example = await readFile(inRoot('.env.example'), 'utf8');
  const settings = new Set([...example.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name));
  // Of the machine.
  settings.delete('DOCKER_SOCKET');
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !settings.has(name) && !name.startsWith('COMPOSE_')),
  );
}

async function makeSecrets(folder: string): Promise<void> {
  const state = async () =>
    (
      await Promise.all(['.env', 'certs/ca.crt', 'certs/tls.key'].map((file) => readFile(join(folder, file), 'utf8')))
    ).join();
  const make = async () => {
    const { status, err } = await runCaptured(inRoot('scripts', 'gen-certs.sh'), ['--into', folder]);
    if (status !== 0) throw new Error(err);
  };
  await make();
  const first = await state();
  await make();
  if ((await state()) !== first) throw new Error('The second run changed something.');
}

const SECRETS = ['POSTGRES_PASSWORD', 'ORDERS_DB_PASSWORD', 'JWT_SECRET', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'];

async function refuseWithoutSecrets(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const given = parseEnv(await readFile(join(folder, '.env'), 'utf8'));
  const args = ['compose', '--env-file', '/dev/null', '--file', 'docker-compose.yml', 'config', '--quiet'];
  for (const name of SECRETS) {
    const { status, err } = await runCaptured('docker', args, { env: { ...env, ...given, [name]: '' } });
    if (status === 0 || !err.includes(name))
      throw new Error(`Without ${name}, docker compose says: ${err || 'nothing'}`);
  }
}

async function takeDown({ compose, check }: Stack, signal: AbortSignal): Promise<void> {
  if (signal.aborted) {
    console.log('Taking the stack down …');
    return compose.takeDown();
  }
  await check('docker compose down --volumes leaves nothing', async () => {
    await compose.takeDown();
    const filter = ['--filter', `label=com.docker.compose.project=${compose.project}`, '--quiet'];
    const left = [
      await compose.docker('ps', '--all', ...filter),
      await compose.docker('volume', 'ls', ...filter),
      await compose.docker('network', 'ls', ...filter),
    ].filter(Boolean);
    if (left.length > 0) throw new Error(left.join('\n'));
  });
}

function sayHowToEnd({ compose, shop, folder }: Stack): void {
  console.log(`${shop.url} is left running: project ${compose.project}, secrets in ${folder}.
To end it: docker compose -p ${compose.project} down --volumes`);
}
