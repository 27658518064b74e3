import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Kept {
  name: string;
  kind: 'folder' | 'file';
  /** In the middle of a sentence. */
  what: string;
  /** For a folder: what lies directly in it. What does not fit is someone else's. */
  inside?: RegExp;
}

/**
 * All that `npm start`, and what it starts, keep below DATA_DIR, in the order in which `--reset` removes it: as long as
 * the database is there, so are the secrets. Beside each name may lie what belongs to it: `postgres.password`, and what
 * is half-written, under a name with an ending (`.new`, `.unfinished`, a process id).
 */
export const KEPT = {
  postgres: {
    name: 'postgres',
    kind: 'folder',
    what: 'the database',
    inside:
      /^(PG_VERSION|base|global|pg_.+|postgresql\.(auto\.)?conf|postmaster\.(pid|opts)|current_logfiles|log|(backup|tablespace)_.+|(recovery|standby)\..+|core(\.\d+)?)$/,
  },
  kafka: {
    name: 'kafka',
    kind: 'folder',
    what: 'what Kafka keeps',
    inside:
      /^(log(\.unfinished)?|server\.(properties|pid)|log4j2\.xml|broker(\.\d+)?\.log|(hs_err|replay)_pid\d+\.log|core(\.\d+)?)$/,
  },
  redis: {
    name: 'redis',
    kind: 'folder',
    what: 'what Redis keeps',
    inside: /^(redis\.conf|server\.pid|appendonly(dir|\.aof)|dump\.rdb|temp-.+\.(rdb|aof)|core(\.\d+)?)$/,
  },
  stripe: { name: 'local-stripe.json', kind: 'file', what: "the local Stripe's payments" },
  // `.<uuid>.tmp`: half-written.
  mail: { name: 'mail', kind: 'folder', what: 'mails', inside: /^(.+\.eml|\.[\da-f-]{36}\.tmp)$/ },
  // One a process, or a folder of them for each start.
  logs: { name: 'logs', kind: 'folder', what: 'logs', inside: /^([\w-]+(\.\d+)?\.log(\.\d+)?(\.gz)?|[\dT:.Z-]+)$/ },
  secrets: { name: 'secrets.json', kind: 'file', what: 'secrets' },
} as const satisfies Record<string, Kept>;

/** Who has the folder now; it goes by itself when that one ends. */
export const RUNNING = 'running.json';

/** Where `--reset` gathers what it removes: if it dies over that, the next start puts it back. */
export const GATHERED = 'being-removed';

/** What the folder is called once all is gathered, with a process id: from then on it is gone, and only takes up space. */
export const REMOVED = 'removed';

/** Made by other commands of this repository, in the folder that is DATA_DIR unless another is named. */
const OTHERS_OF_OURS = ['prove'];

/** Where each of it is. */
export function dataPaths(dataDir: string): Record<keyof typeof KEPT, string> {
  const paths = Object.entries(KEPT).map(([key, { name }]) => [key, join(dataDir, name)]);
  return Object.fromEntries(paths) as Record<keyof typeof KEPT, string>;
}

/** What a name in the folder belongs to: one of `KEPT`, something else of ours that stays, or nothing of ours. */
export function ownerOf(name: string): Kept | 'stays' | undefined {
  if (OTHERS_OF_OURS.includes(name) || [RUNNING, GATHERED, REMOVED].some((of) => belongsTo(name, of))) return 'stays';
  return Object.values(KEPT).find((kept) => belongsTo(name, kept.name));
}

/** Whether it is that name, or that of something that belongs to it. */
export const belongsTo = (name: string, of: string): boolean =>
  name === of || (name.startsWith(`${of}.`) && /^(new|unfinished|password|\d+)$/.test(name.slice(of.length + 1)));

/** Writes a file that only its owner reads, so that it is whole or not there at every moment. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const half = `${file}.${process.pid}`;
  await writeFile(half, text, { mode: 0o600 });
  await rename(half, file);
}
