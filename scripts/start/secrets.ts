import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const Secrets = z.object({
  jwtSecret: z.string(),
  stripeWebhookSecret: z.string(),
  rolePasswords: z.object({ gateway: z.string(), events: z.string(), orders: z.string(), worker: z.string() }),
});
export type Secrets = z.infer<typeof Secrets>;

/** The secrets of an installation: made at the first start, then kept in `secrets.json`, which only its owner reads. */
export async function provideSecrets(dataDir: string): Promise<Secrets> {
  return (await readSecrets(dataDir)) ?? (await makeSecrets(dataDir));
}

/** The secrets of an earlier start, if there was one. */
export async function readSecrets(dataDir: string): Promise<Secrets | undefined> {
  let text: string;
  try {
    text = await readFile(join(dataDir, 'secrets.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return Secrets.parse(JSON.parse(text));
}

async function makeSecrets(dataDir: string): Promise<Secrets> {
  const random = () => randomBytes(32).toString('base64url');
  const secrets: Secrets = {
    jwtSecret: random(),
    stripeWebhookSecret: `whsec_${random()}`,
    rolePasswords: { gateway: random(), events: random(), orders: random(), worker: random() },
  };
  await mkdir(dataDir, { recursive: true });
  const half = join(dataDir, `secrets.json.${process.pid}`);
  await writeFile(half, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await rename(half, join(dataDir, 'secrets.json'));
  return secrets;
}
