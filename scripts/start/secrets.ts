import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { reasonOf } from '@ticketing/testing/file-fault';
import { dataPaths, writeWhole } from './data-folder/names.ts';

const secret = z.string().min(1);
const Secrets = z.object({
  // As the services ask for it.
  jwtSecret: z.string().min(32),
  stripeWebhookSecret: secret,
  rolePasswords: z.object({ gateway: secret, events: secret, orders: secret, worker: secret }),
  /** Of the demo accounts. */
  demoPassword: secret,
});
export type Secrets = z.infer<typeof Secrets>;

/** Not in the files of earlier releases. */
const Kept = Secrets.partial({ demoPassword: true });

/** secrets.json is there, and cannot be used. */
export class SecretsError extends Error {
  override name = 'SecretsError';
}

/**
 * The secrets of an installation: made at the first start, then kept in `secrets.json`, which only its owner reads.
 * @throws {SecretsError} when there is such a file, and it cannot be used: it is never replaced
 */
export async function provideSecrets(dataDir: string): Promise<Secrets> {
  const kept = await readSecrets(dataDir);
  if (kept?.demoPassword !== undefined) return Secrets.parse(kept);
  const secrets: Secrets = { ...makeSecrets(), ...kept };
  await mkdir(dataDir, { recursive: true });
  await writeWhole(dataPaths(dataDir).secrets, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

/**
 * The secrets of an earlier start, if there was one.
 * @throws {SecretsError} when its file cannot be used
 */
export async function readSecrets(dataDir: string): Promise<z.infer<typeof Kept> | undefined> {
  const file = dataPaths(dataDir).secrets;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(file, `cannot be read: ${reasonOf(error)}`, error);
  }
  if (text.trim() === '') throw unusable(file, 'is empty');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw unusable(file, 'is not JSON', error);
  }
  const { data, error } = Kept.safeParse(json);
  if (data) return data;
  const fields = [...new Set(error.issues.map(({ path }) => path.join('.')))].filter(Boolean);
  throw unusable(file, fields.length > 0 ? `has no valid ${fields.join(', ')}` : 'holds no object');
}

/** Nothing in the database is encrypted with them, and its roles get their passwords anew at each start. */
function unusable(file: string, fault: string, cause?: unknown): SecretsError {
  return new SecretsError(
    `${file} ${fault}. Restore it from a backup, or remove it: the next start makes new secrets. The database stays as ` +
      'it is; access tokens that were given out before are not valid any more, and demo accounts get another password.',
    { cause },
  );
}

function makeSecrets(): Secrets {
  const random = () => randomBytes(32).toString('base64url');
  return {
    jwtSecret: random(),
    stripeWebhookSecret: `whsec_${random()}`,
    rolePasswords: { gateway: random(), events: random(), orders: random(), worker: random() },
    // To be typed by people, too.
    demoPassword: randomBytes(9).toString('hex'),
  };
}
