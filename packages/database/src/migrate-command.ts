import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseCommandLine, noSuchCommand, refuseFurther } from '@ticketing/service-kit/command-arguments';
import { readDatabaseUrl } from '@ticketing/service-kit/command-database';
import { runCommand, UsageError, type CommandOptions, type Output } from '@ticketing/service-kit/command-line';
import { readConfig } from '@ticketing/service-kit/config';
import { EXIT } from '@ticketing/service-kit/exit-status';
import { z } from 'zod';
import { migrateAll, type MigrationStep } from './migrate-all.ts';
import { migrationStatus, type MigrationStatus } from './status.ts';
import { HELP } from './migrate-help.mjs';

const Passwords = z.object({
  GATEWAY_DB_PASSWORD: z.string(),
  EVENTS_DB_PASSWORD: z.string(),
  ORDERS_DB_PASSWORD: z.string(),
  WORKER_DB_PASSWORD: z.string(),
});

interface MigrateArguments {
  command: 'apply' | 'status';
  isJson: boolean;
  root: string | undefined;
}

/** `pnpm migrate …`; returns the exit status. Its environment is looked for once its arguments are found to be right. */
export function runMigrate(
  args: string[],
  output: Output,
  findEnvironment: () => Promise<NodeJS.ProcessEnv>,
): Promise<number> {
  const run = async (parsed: MigrateArguments) => {
    const options = { ...output, env: await findEnvironment() };
    const url = readDatabaseUrl(options.env, 'a role that may create roles and schemas');
    return parsed.command === 'status' ? status(parsed, url, options) : apply(parsed, url, options);
  };
  return runCommand({ name: 'pnpm migrate', help: HELP, readArguments, run }, args, output);
}

function readArguments(args: string[]): MigrateArguments | 'help' {
  const { values, positionals } = parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'boolean', default: false },
      root: { type: 'string' },
    },
  });
  if (values.help) return 'help';
  const [command, ...rest] = positionals;
  if (command !== undefined && command !== 'status') throw noSuchCommand(command, ['status']);
  refuseFurther(rest);
  if (values.root !== undefined && !existsSync(join(values.root, 'apps'))) {
    throw new UsageError(`--root must be a folder that has apps/ and packages/, not ${values.root}.`);
  }
  return { command: command ?? 'apply', isJson: values.json, root: values.root };
}

async function apply({ isJson, root }: MigrateArguments, adminUrl: string, { env, out }: CommandOptions) {
  const config = readConfig(Passwords, env);
  const started = performance.now();
  let migrations = 0;
  await migrateAll({
    adminUrl,
    rolePasswords: {
      gateway: config.GATEWAY_DB_PASSWORD,
      events: config.EVENTS_DB_PASSWORD,
      orders: config.ORDERS_DB_PASSWORD,
      worker: config.WORKER_DB_PASSWORD,
    },
    ...(root && { root }),
    onStep: (step) => {
      if (step.kind === 'migration') migrations++;
      out(isJson ? JSON.stringify(step) : sentence(step));
    },
  });
  const ms = Math.round(performance.now() - started);
  out(isJson ? JSON.stringify({ kind: 'done', migrations, ms }) : `Up to date: ${migrations} applied, ${ms} ms`);
  return EXIT.done;
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

async function status({ isJson, root }: MigrateArguments, url: string, { out }: CommandOptions): Promise<number> {
  const statuses = await migrationStatus(url, root);
  if (isJson) out(JSON.stringify(statuses));
  else for (const line of statuses) out(row(line));
  return statuses.every(({ state }) => state === 'applied') ? EXIT.done : EXIT.failed;
}

function row({ schema, name, state, appliedAt, log }: MigrationStatus): string {
  return [state.padEnd(8), `${schema}/${name}`, appliedAt?.toISOString(), log].filter(Boolean).join('  ');
}
