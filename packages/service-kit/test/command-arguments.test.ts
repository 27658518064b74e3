import { describe, expect, test } from 'vitest';
import { noSuchCommand, oneOf, parseCommandLine, refuseFurther, text, wholeNumber } from '../src/command-arguments.ts';
import { runCommand, UsageError, type Command } from '../src/command-line.ts';
import { ConfigError } from '../src/config.ts';
import { EXIT } from '../src/exit-status.ts';

const parse = (args: string[]) =>
  parseCommandLine({
    args,
    allowNegative: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'boolean', default: false },
      note: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
    },
  });

describe('a command line', () => {
  test('that is right is read as parseArgs reads it', () => {
    const { values } = parse(['--json', '--note', '-5 tickets', '--only=a', '--only', 'b']);
    expect({ ...values }).toEqual({ json: true, note: '-5 tickets', only: ['a', 'b'] });
    expect({ ...parse(['--no-json', '--note=--x']).values }).toEqual({ json: false, note: '--x', only: [] });
  });

  test.each([
    [['--foo'], 'There is no option --foo.'],
    [['--foo=1'], 'There is no option --foo.'],
    [['-x'], 'There is no option -x.'],
    [['-hx'], undefined],
    [['--no-note'], 'There is no option --no-note.'],
    [['--constructor'], 'There is no option --constructor.'],
    [['--json=yes'], '--json takes no value.'],
    [['--note'], '--note needs a value.'],
    [['--note='], '--note needs a value.'],
    [['--note', '--json'], '--note needs a value.'],
    [['foo'], 'Unexpected argument: foo'],
    [['--', '--json'], 'Unexpected argument: --json'],
    [['--foo', '--help'], undefined],
  ])('%j: %s', (args, message) => {
    if (message === undefined) expect(parse(args).values.help).toBe(true);
    else expect(() => parse(args)).toThrow(new UsageError(message));
  });

  test('takes arguments where it says so', () => {
    const { positionals } = parseCommandLine({ args: ['list', 'x'], allowPositionals: true });
    expect(positionals).toEqual(['list', 'x']);
    expect(() => {
      refuseFurther(positionals.slice(1));
    }).toThrow('Unexpected argument: x');
  });
});

test.each(['', ' ', 'x', '1.5', '-1', '0', '51', '1e1', '0x1', 'Infinity'])(
  '%j is no whole number from 1 to 50',
  (given) => {
    expect(() => wholeNumber('--rounds', given, [1, 50])).toThrow(
      `--rounds must be a whole number from 1 to 50, not ${given}.`,
    );
  },
);

test('words, texts and commands are refused with what there is', () => {
  expect(wholeNumber('--rounds', '50', [1, 50])).toBe(50);
  expect(() => oneOf('--state', 'x', ['a', 'b', 'c'])).toThrow('--state must be a, b or c, not x.');
  expect(oneOf('--state', 'b', ['a', 'b'])).toBe('b');
  expect(() => text('--note', '  ', 3)).toThrow('--note must not be empty.');
  expect(() => text('--note', 'long', 3)).toThrow('--note must have at most 3 characters, not 4.');
  expect(noSuchCommand(undefined, ['list', 'show']).message).toBe('Say what to do: list or show.');
  expect(noSuchCommand('lost', ['list']).message).toBe('There is no command lost; use list.');
});

describe('a command', () => {
  test.each<[Error, number, string[]]>([
    [new UsageError('No.'), EXIT.usage, ['No.', 'For help: pnpm try --help']],
    [new ConfigError('Not set.'), EXIT.config, ['Not set.']],
    [new Error('Broken.'), EXIT.failed, ['Broken.']],
    [new AggregateError([new Error('refused')]), EXIT.failed, ['refused']],
  ])('tells %s and ends with %d', async (error, status, told) => {
    const failing = () => Promise.reject(error);
    expect(await run({ run: failing })).toEqual({ status, out: [], err: told });
  });

  test('shows its help, and does what it is for', async () => {
    expect(await run({ readArguments: () => 'help' })).toEqual({ status: EXIT.done, out: ['All about it.'], err: [] });
    expect(await run({})).toEqual({ status: EXIT.nothingMatched, out: [], err: [] });
  });
});

async function run(parts: Partial<Command<string[]>>) {
  const [out, err]: [string[], string[]] = [[], []];
  const output = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const command: Command<string[]> = {
    name: 'pnpm try',
    help: 'All about it.',
    readArguments: (args) => args,
    run: () => Promise.resolve(EXIT.nothingMatched),
    ...parts,
  };
  return { status: await runCommand(command, [], output), out, err };
}
