import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { EXIT } from '@ticketing/service-kit/exit-status';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../bootstrap/help.mjs';
import { readEnvironment } from '../env.ts';
import { inRoot } from '../run/repository.ts';

/** What a command takes, in the words of its command line. */
interface Syntax {
  program: string[];
  /** Sub-commands, where it has some, and the arguments that each may have at most. */
  subcommands?: Record<string, string[]>;
  /** Command lines without something that they need. */
  incomplete?: string[][];
  /** Options with a value. */
  valued?: string[];
  flags?: string[];
}

const script = (name: string) => [process.execPath, inRoot('scripts', `${name}.ts`)];

const EMAIL = 'someone@example.com';
const ID = '019ac3f0-5b1e-7c7d-a1f1-3f6f0b8f2f10';

const SYNTAX: Record<string, Syntax> = {
  start: { program: script('start'), flags: ['--reset', '--yes', '--demo', '--verbose', '--full'] },
  test: { program: script('test'), valued: ['--filter'], flags: ['--force'] },
  'test-stack': { program: script('test-stack'), flags: ['--keep'] },
  'test-clients': { program: script('test-clients') },
  check: { program: script('check'), flags: ['--skip-tests'] },
  migrate: { program: script('migrate'), subcommands: { status: [] }, valued: ['--root'], flags: ['--json'] },
  admin: {
    program: script('admin'),
    subcommands: { list: [], create: [EMAIL], approve: [EMAIL], revoke: [EMAIL] },
    incomplete: [[], ['create'], ['approve'], ['revoke']],
    valued: ['--name', '--limit'],
    flags: ['--organizer', '--promote', '--waiting', '--json'],
  },
  dlq: {
    program: script('dlq'),
    subcommands: { list: [] },
    incomplete: [[], ['show'], ['replay'], ['discard'], ['refund']],
    valued: ['--topic', '--code', '--order', '--since', '--until', '--note', '--by'],
    flags: ['--handled', '--all', '--dry-run', '--json'],
  },
  jobs: {
    program: script('jobs'),
    subcommands: { list: [] },
    incomplete: [[], ['retry']],
    valued: ['--state', '--kind', '--order', '--limit'],
    flags: ['--all', '--json'],
  },
  reconcile: { program: script('reconcile'), valued: ['--since', '--older-than', '--limit'], flags: ['--json'] },
  refunds: {
    program: script('refunds'),
    subcommands: { list: [] },
    incomplete: [[], ['retry'], ['settle-elsewhere'], ['settle-elsewhere', ID]],
    valued: ['--note', '--by', '--limit'],
    flags: ['--all', '--json'],
  },
  bench: {
    program: script('bench'),
    valued: ['--only', '--rounds', '--seconds', '--patience', '--profile'],
    flags: ['--json'],
  },
  prove: {
    program: script('prove'),
    valued: ['--mode', '--seed', '--minutes', '--seconds', '--buyers'],
    flags: ['--no-faults', '--json', '--keep', '--mutants'],
  },
  'build-app': { program: script('build-app'), incomplete: [[]] },
  'local-stripe': {
    program: [process.execPath, inRoot('packages', 'testing', 'src', 'local-stripe-cli.ts')],
    incomplete: [[]],
    valued: ['--port', '--host', '--webhook-url', '--webhook-secret', '--secret-key', '--file'],
  },
  'gen-certs': { program: [inRoot('scripts', 'gen-certs.sh')], valued: ['--into'], flags: ['--force'] },
  'gen-env': { program: [inRoot('scripts', 'gen-env.sh')], valued: ['--into'], flags: ['--force'] },
};

test('every command is tried', () => {
  expect(Object.keys(SYNTAX)).toEqual(expect.arrayContaining(COMMANDS));
});

/** Where nothing runs, and with nothing that a command could work on. */
async function run(program: string[], args: string[]) {
  const [file = '', ...before] = program;
  const child = spawn(file, [...before, ...args], {
    cwd: inRoot('scripts'),
    env: { PATH: readEnvironment().all.PATH, DATA_DIR: inRoot('node_modules', '.cache', 'nothing-runs-here') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, out, err };
}

/** Command lines that are wrong, each in one way. */
function wrongLines({ subcommands = {}, incomplete = [], valued = [], flags = [] }: Syntax): [string[], RegExp][] {
  const [[name, given] = [], ...others] = Object.entries(subcommands);
  const right = name === undefined ? [] : [name, ...(given ?? [])];
  const lines: [string[], RegExp][] = [
    [[...right, '--no-such-option'], /^There is no option --no-such-option\.$/],
    [[...right, '-Z'], /^There is no option -Z\.$/],
    ...[right, ...others.map(([other, rest]) => [other, ...rest])].map((line): [string[], RegExp] => [
      [...line, 'surplus'],
      /^(Unexpected argument: surplus|There is no .*surplus.*|list takes no ids.*\.)$/,
    ]),
    ...incomplete.map((line): [string[], RegExp] => [
      line,
      /(needs?|takes|Say what to do|is required|There is no)\b.*\.$/,
    ]),
  ];
  if (name !== undefined) lines.push([['nosuch'], /^There is no command nosuch; use .*\b\w+\.$/]);
  const [option] = valued;
  if (option !== undefined) lines.push([[...right, option], new RegExp(`^${option} needs a value\\.$`)]);
  const flag = flags.find((each) => !each.startsWith('--no-'));
  if (flag !== undefined) lines.push([[...right, `${flag}=yes`], new RegExp(`^${flag} takes no value\\.$`)]);
  return lines;
}

describe.each(Object.entries(SYNTAX))('%s', (_name, syntax) => {
  test('its help has every option, and no other', async () => {
    const { status, out, err } = await run(syntax.program, ['--help']);
    expect({ status, err }).toEqual({ status: EXIT.done, err: '' });
    const own = out.replaceAll(/\b(docker compose|curl) .*/g, '');
    const named = [...own.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([option]) => option);
    const { valued = [], flags = [] } = syntax;
    expect([...new Set(named)].filter((option) => option !== '--help').sort()).toEqual([...valued, ...flags].sort());
  });

  test.concurrent.each(wrongLines(syntax))('%j is refused', async (args, sentence) => {
    const { status, out, err } = await run(syntax.program, args);
    const [said = '', help = '', ...further] = err.split('\n');
    expect(said).toMatch(sentence);
    expect(help).toMatch(/^For help: .+ --help$/);
    // Nothing else: no help that scrolls the sentence away, no stack trace.
    expect({ status, out, further }).toEqual({ status: EXIT.usage, out: '', further: [''] });
  });
});

describe.each(['migrate', 'admin', 'dlq', 'jobs', 'reconcile', 'refunds'])('%s', (name) => {
  test('says alike that nothing is running', async () => {
    const { program, subcommands = {} } = SYNTAX[name] ?? { program: [] };
    const { status, out, err } = await run(program, Object.keys(subcommands).slice(0, 1));
    expect({ status, out }).toEqual({ status: EXIT.config, out: '' });
    expect(err).toMatch(
      /^Nothing is running here: run `npm start` in another terminal first, or set .*DATABASE_URL.*\.\n$/,
    );
  });
});

test('a package that there is not is refused', async () => {
  const { status, err } = await run(script('test'), ['--filter', 'nosuch']);
  expect({ status, err }).toEqual({
    status: EXIT.usage,
    err: 'No package fits --filter nosuch.\nFor help: npm test -- --help\n',
  });
});

test('a wrong variable is refused without a stack trace, whatever the command', async () => {
  const child = spawn(process.execPath, [inRoot('scripts', 'dlq.ts'), 'list'], {
    env: { PATH: readEnvironment().all.PATH, PORT: 'x' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [err] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect(child.exitCode).toBe(EXIT.config);
  expect(err).toMatch(/^The configuration is not valid:\n {2}PORT: .*\n$/);
});
