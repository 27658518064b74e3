import { parseArgs } from 'node:util';
import { ConfigError, readConfig } from '@ticketing/service-kit/config';
import { postgresUrl } from '@ticketing/service-kit/variable';
import { z } from 'zod';
import { migrateAll, type MigrationStep } from './migrate-all.ts';
import { migrationStatus, type MigrationStatus } from './status.ts';
import { HELP } from './migrate-help.mjs';

/** EX_USAGE and EX_CONFIG of sysexits.h. */
const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;

const Database = z.object({ DATABASE_URL: postgresUrl });
const Passwords = Database.extend({
  GATEWAY_DB_PASSWORD: z.string(),
  EVENTS_DB_PASSWORD: z.string(),
  ORDERS_DB_PASSWORD: z.string(),
  WORKER_DB_PASSWORD: z.string(),
});

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const { values, positionals } = readArguments();
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    if (positionals.length === 0) return await apply(values.json, values.root);
    if (positionals.join() === 'status') return await status(values.json, values.root);
    console.error(`Unknown: ${positionals.join(' ')}\n\n${HELP}`);
    return EXIT_USAGE;
  } catch (error) {
    console.error(error instanceof Error ? describe(error) : error);
    if (error instanceof ConfigError) return EXIT_CONFIG;
    return String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS') ? EXIT_USAGE : 1;
  }
}

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'boolean', default: false },
      root: { type: 'string' },
    },
  });
}

async function apply(json: boolean, root: string | undefined): Promise<number> {
  const config = readConfig(Passwords, process.env);
  const started = performance.now();
  let migrations = 0;
  await migrateAll({
    adminUrl: config.DATABASE_URL,
    rolePasswords: {
      gateway: config.GATEWAY_DB_PASSWORD,
      events: config.EVENTS_DB_PASSWORD,
      orders: config.ORDERS_DB_PASSWORD,
      worker: config.WORKER_DB_PASSWORD,
    },
    ...(root && { root }),
    onStep: (step) => {
      if (step.kind === 'migration') migrations++;
      console.log(json ? JSON.stringify(step) : sentence(step));
    },
  });
  const ms = Math.round(performance.now() - started);
  console.log(json ? JSON.stringify({ kind: 'done', migrations, ms }) : `Up to date: ${migrations} applied, ${ms} ms`);
  return 0;
}

function sentence(step: MigrationStep): string {
  switch (step.kind) {
    case 'role':
      return `role ${step.role} created`;
    case 'migration':
      return `migration ${step.schema}/${step.name} applied`;
    case 'grants':
      return `grants of ${step.schema} set`;
  }
}

async function status(json: boolean, root: string | undefined): Promise<number> {
  const statuses = await migrationStatus(readConfig(Database, process.env).DATABASE_URL, root);
  if (json) console.log(JSON.stringify(statuses));
  else for (const line of statuses) console.log(row(line));
  return statuses.every(({ state }) => state === 'applied') ? 0 : 1;
}

function row({ schema, name, state, appliedAt, log }: MigrationStatus): string {
  return [state.padEnd(8), `${schema}/${name}`, appliedAt?.toISOString(), log].filter(Boolean).join('  ');
}

/** The message; a refused connection comes as an AggregateError without one. */
function describe(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((inner: Error) => inner.message).join('; ');
  return error.message;
}
