import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { inRoot } from '../run/repository.ts';
import { planProcesses, type AppName } from '../start/plan.ts';
import { composeEnvironments, composeVariables, interpolations } from './settings/compose-file.ts';
import { readmeVariables } from './settings/readme-table.ts';
import { APPS, scriptVariables, serviceVariables, type SchemaVariable } from './settings/schemas.ts';

// Each fault is a sentence that says what to change where.

test("the README's table has every variable, with its readers and its default, and no other", async () => {
  const documented = await readmeVariables();
  const read = serviceVariables();
  const faults: string[] = [];
  for (const [name, readers] of read) {
    const row = documented.get(name);
    const apps = [...readers.keys()];
    const presets = [...new Set([...readers.values()].map(({ preset }) => preset ?? ''))].filter(Boolean);
    if (!row) {
      const own = presets.length > 0 ? presets.map((preset) => `\`${preset}\``).join(', ') : 'unset: …';
      faults.push(`README.md, Configuration: add | \`${name}\` | ${own} | ${apps.join(', ')} | what it does |`);
      continue;
    }
    if (String(row.readers) !== String(apps)) faults.push(`README.md: ${name} is read by ${apps.join(', ')}`);
    if (String(row.presets) !== String(presets)) faults.push(`README.md: the default of ${name} is ${String(presets)}`);
    const isRequired = [...readers.values()].every((reader) => reader.isRequired);
    if (row.isRequired !== isRequired && presets.length === 0) {
      faults.push(`README.md: ${name} is ${isRequired ? '' : 'not '}required`);
    }
  }
  for (const [name, { preset }] of scriptVariables()) {
    const row = documented.get(name);
    if (read.has(name) || NOT_SETTINGS.has(name)) continue;
    if (!row) faults.push(`README.md, Configuration: add a row for ${name}, read by \`npm start\``);
    else if (String(row.presets) !== (preset ?? '')) faults.push(`README.md: the default of ${name} is ${preset}`);
  }
  for (const name of documented.keys()) {
    if (!read.has(name) && !scriptVariables().has(name)) faults.push(`README.md: nothing reads ${name}`);
  }
  expect(faults).toEqual([]);
});

test('the container stack passes every variable on to the services that read it, and no other', async () => {
  const documented = await readmeVariables();
  const environments = await composeEnvironments('docker-compose.yml');
  const faults: string[] = [];
  for (const [name, readers] of serviceVariables()) {
    const stack = documented.get(name)?.stack;
    const presets = new Set<string>();
    for (const [app, { preset }] of readers) {
      const given = environments[app]?.[name];
      if (app === 'orders-service' && MAILED_BY_THE_WORKER.has(name)) continue;
      const [passed] = interpolations(given ?? '').filter((one) => one.name === name);
      if (stack === 'fixed') {
        if (passed) faults.push(`README.md: ${name} is not fixed in the container stack, ${app} gets it from .env`);
        continue;
      }
      if (!passed) {
        faults.push(`docker-compose.yml, ${app}: add ${name}: \${${name}:-}`);
        continue;
      }
      if (passed.preset !== '') presets.add(passed.preset);
      if (passed.preset !== '' && passed.preset === preset) {
        faults.push(`docker-compose.yml, ${app}: ${name} has its default from the service, so \${${name}:-} is enough`);
      }
    }
    if (stack !== 'fixed' && [...presets].join(', ') !== (stack ?? '')) {
      faults.push(
        `README.md: "container stack: …" of ${name} has to be what docker-compose.yml has, ${[...presets].join(', ')}`,
      );
    }
  }
  for (const app of APPS) {
    for (const name of Object.keys(environments[app] ?? {})) {
      if (!serviceVariables().get(name)?.has(app)) faults.push(`docker-compose.yml: ${app} does not read ${name}`);
    }
  }
  expect(faults).toEqual([]);
});

test('what three brokers change can be changed in .env too', async () => {
  const environments = await composeEnvironments('docker-compose.cluster.yml');
  const given = APPS.flatMap((app) => Object.entries(environments[app] ?? {}));
  expect(given.length).toBeGreaterThan(0);
  for (const [name, value] of given) expect(interpolations(value)[0]?.name).toBe(name);
});

test('.env.example has every variable of the compose files, with what it is unless it is set', async () => {
  const base = await composeVariables('docker-compose.yml');
  const cluster = await composeVariables('docker-compose.cluster.yml');
  const read = serviceVariables();
  const faults: string[] = [];
  const lines = (await readFile(inRoot('.env.example'), 'utf8')).split('\n');
  const shown = new Map(
    lines.flatMap((line) => {
      const [, hidden, name = '', value = ''] = /^(# )?([A-Z][A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
      return name === '' ? [] : [[name, { value, isSet: hidden === undefined }] as const];
    }),
  );
  for (const name of new Set([...base.keys(), ...cluster.keys()])) {
    if (OF_COMPOSE_ITSELF.has(name)) continue;
    const own = [...(read.get(name)?.values() ?? [])].map(({ preset }: SchemaVariable) => preset ?? '')[0] ?? '';
    const presets = [...(base.get(name) ?? [])];
    if (presets.length > 1) faults.push(`docker-compose.yml: ${name} has several defaults: ${presets.join(', ')}`);
    const expected = presets[0] ?? own;
    const line = shown.get(name);
    if (!line) faults.push(`.env.example: add # ${name}=${expected}`);
    else if (line.value !== (line.isSet ? '' : expected)) faults.push(`.env.example: ${name} is "${expected}"`);
  }
  for (const name of shown.keys()) {
    if (!base.has(name) && !OF_COMPOSE_ITSELF.has(name)) faults.push(`.env.example: no compose file reads ${name}`);
  }
  expect(faults).toEqual([]);
});

test('what the image of a service sets is fixed in the container stack', async () => {
  const documented = await readmeVariables();
  const dockerfile = await readFile(inRoot('Dockerfile'), 'utf8');
  const [, runtime = ''] = dockerfile.split(/^FROM \S+ AS runtime$/m);
  const set = [...runtime.matchAll(/^ENV (.*)$/gm)].flatMap(([, line = '']) => line.match(/[A-Z_]+(?==)/g) ?? []);
  expect(set).toEqual(expect.arrayContaining(['NODE_ENV', 'HOST', 'PORT', 'METRICS_HOST']));
  for (const name of set.filter((one) => !NOT_SETTINGS.has(one))) {
    expect([name, documented.get(name)?.stack]).toEqual([name, 'fixed']);
  }
});

test('npm start passes every variable on to the services that read it', async () => {
  const documented = await readmeVariables();
  const faults: string[] = [];
  for (const [name, readers] of serviceVariables()) {
    const plans = planProcesses({ ...A_START, env: { [name]: GIVEN } });
    for (const app of readers.keys()) {
      const passed = plans[app]?.env[name] ?? '';
      const isFixed = documented.get(name)?.start === 'fixed' || BY_OPTION.has(name) || isAtHome(name, app);
      if (isFixed === passed.includes(GIVEN)) {
        faults.push(`scripts/start/plan.ts ${isFixed ? 'passes' : 'does not pass'} ${name} on to ${app}`);
      }
    }
  }
  expect(faults).toEqual([]);
});

test('the code reads no variable that is documented nowhere', async () => {
  const documented = await readmeVariables();
  const page = await readFile(inRoot('README.md'), 'utf8');
  const faults: string[] = [];
  for (const file of sources()) {
    for (const [, name = ''] of (await readFile(inRoot(file), 'utf8')).matchAll(/process\.env\.([A-Z][A-Z0-9_]+)/g)) {
      const isKnown = documented.has(name) || page.includes(`\`${name}\``) || NOT_SETTINGS.has(name);
      if (!isKnown) faults.push(`${file} reads ${name}, which is not in README.md`);
    }
  }
  expect(faults).toEqual([]);
});

/** Of the machine, of other programs, and between our own processes. */
const NOT_SETTINGS = new Set([
  ...['PATH', 'HOME', 'CI', 'XDG_CACHE_HOME', 'JAVA_HOME', 'CLOCK_OFFSET_MS', 'NODE_OPTIONS'],
  // For the command line of Prisma, by who works on a schema.
  ...['PRISMA_SCHEMA_ENGINE_BINARY', 'ORDERS_DATABASE_URL', 'EVENTS_DATABASE_URL'],
]);

/** There, Kafka is always part of it, so orders-service mails nothing itself. */
const MAILED_BY_THE_WORKER = new Set(['SMTP_URL', 'MAIL_FROM', 'MAIL_DIRECTORY']);

const OF_COMPOSE_ITSELF = new Set(['COMPOSE_PROJECT_NAME', 'COMPOSE_PROFILES']);

/** What `npm start` takes from its own environment and hands on as an option; LOG_FORMAT is of what it shows. */
const BY_OPTION = new Set([
  ...['PORT', 'METRICS_PORT', 'LOG_FORMAT', 'DATABASE_URL', 'REDIS_URL', 'KAFKA_BROKERS'],
  ...['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'STRIPE_API_BASE'],
]);

/** Services behind the gateway are reached from this machine alone. */
const isAtHome = (name: string, app: AppName): boolean => name === 'HOST' && app !== 'gateway';

const GIVEN = 'what-was-given';

const A_START = {
  ...{ dataDir: '.', databaseUrl: 'postgresql://127.0.0.1/ticketing', webhookSecret: 'whsec_of_the_tests_only' },
  ...{ stripe: undefined, brokers: '127.0.0.1:9092', redisUrl: 'redis://127.0.0.1:6379' },
  ports: { gateway: 3000, events: 3001, orders: 3002, worker: 3003, stripe: 12_111 },
  secrets: {
    ...{ jwtSecret: 'made', stripeWebhookSecret: 'made' },
    rolePasswords: { gateway: 'made', events: 'made', orders: 'made', worker: 'made' },
  },
};

/** Everything but tests, and baselines of benches, which are programs of their own. */
function sources(): string[] {
  return globSync(['{apps,packages}/*/src/**/*.ts', 'scripts/*.{ts,mjs}', 'scripts/*/**/*.{ts,mjs}'], {
    cwd: inRoot(),
    exclude: (path) => /(^|\/)(node_modules|test|e2e|generated|baselines)$/.test(path),
  });
}
