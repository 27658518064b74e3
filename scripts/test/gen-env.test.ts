import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { configFaults } from '@ticketing/service-kit/config';
import { readEnvironment } from '../env.ts';
import { runCaptured } from '../run/program.ts';
import { inRoot } from '../run/repository.ts';
import { SERVICE_CONFIGS } from '../start/service-faults.ts';

async function genEnv(folder: string) {
  const env = { ...readEnvironment().all, STRIPE_SECRET_KEY: '', STRIPE_WEBHOOK_SECRET: '' };
  const { status, out, err } = await runCaptured(inRoot('scripts/gen-env.sh'), ['--into', folder], { env });
  expect([status, err]).toEqual([0, '']);
  return out;
}

test('.env has secrets that the services take, keeps them, and says which of its variables nothing reads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ticketing-env-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, '.env');
  expect(await genEnv(folder)).toMatch(/set .*JWT_SECRET/);
  const first = parseEnv(await readFile(file, 'utf8'));
  // Those that the stack makes of them, in docker-compose.yml.
  const made = { ...first, DATABASE_URL: `postgresql://role:${first.ORDERS_DB_PASSWORD}@postgres/ticketing` };
  expect(configFaults(SERVICE_CONFIGS['orders-service'], made)).toEqual([]);

  await appendFile(file, 'ORDER_HOLDS_SECONDS=90\nORDER_HOLD_SECONDS=90\nCOMPOSE_BAKE=true\n');
  const again = await genEnv(folder);
  expect(again.match(/\S+ is set, which/g)).toEqual(['ORDER_HOLDS_SECONDS is set, which']);
  expect(parseEnv(await readFile(file, 'utf8'))).toMatchObject(first);
});
