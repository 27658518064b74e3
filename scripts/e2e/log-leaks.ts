import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEMO_ACCOUNTS } from '../start/demo-data.ts';
import { provideSecrets } from '../start/secrets.ts';

/** What no log may have in it, whosever it is: tokens, hashes, client secrets, keys. */
const SHAPES = /\$argon2|eyJ[\w-]{20}|pi_\w+_secret_|whsec_|Bearer \S/;

/** Lines of the services' logs that have a secret in them. */
export async function leakedLines(dataDir: string): Promise<string[]> {
  const logs = (await readdir(join(dataDir, 'logs'))).filter((file) => !file.startsWith('local-stripe'));
  const lines = await Promise.all(logs.map((file) => readFile(join(dataDir, 'logs', file), 'utf8')));
  const all = lines.flatMap((text) => text.split('\n')).filter(Boolean);
  if (all.length === 0) throw new Error('No service has logged anything, so nothing can be said.');
  return linesWithSecrets(all, dataDir);
}

/** Those that have a secret of this stack in them, or a whole address of someone with an account. */
export async function linesWithSecrets(lines: string[], dataDir: string): Promise<string[]> {
  const { rolePasswords, ...others } = await provideSecrets(dataDir);
  const accounts = Object.values(DEMO_ACCOUNTS).map(({ email }) => email);
  const secrets = [...Object.values(rolePasswords), ...Object.values(others), ...accounts];
  return lines.filter((line) => SHAPES.test(line) || secrets.some((secret) => line.includes(secret)));
}
