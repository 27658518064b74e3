import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './command-line.ts';

/** Options of a command, and whether it takes arguments besides; `strict` and `tokens` are decided here. */
export type CommandLineConfig = Omit<ParseArgsConfig, 'strict' | 'tokens'> & { args: string[] };

/**
 * `parseArgs`, with refusals in our own words. Where `--help` is given, the rest is not looked at: a command that has the
 * option `help` asks for it first.
 * @throws {UsageError} for options that the command does not have, or has otherwise, and arguments if it takes none
 */
export function parseCommandLine<const Config extends CommandLineConfig>(config: Config) {
  const parsed = parseArgs({ ...config, strict: false, allowPositionals: true, tokens: true });
  const tokens: readonly Token[] = parsed.tokens ?? [];
  const isHelp = tokens.some((token) => token.kind === 'option' && token.name === 'help');
  const fault = isHelp ? undefined : tokens.map((token) => faultOf(token, config)).find(Boolean);
  if (fault !== undefined) throw new UsageError(fault);
  // What remains is what a strict parse takes.
  return parsed as unknown as ReturnType<typeof parseArgs<Config>>;
}

type Token = NonNullable<ReturnType<typeof parseArgs<{ strict: false; tokens: true }>>['tokens']>[number];

function faultOf(token: Token, { options = {}, allowPositionals }: CommandLineConfig): string | undefined {
  if (token.kind === 'option-terminator') return undefined;
  if (token.kind === 'positional') return allowPositionals ? undefined : unexpected(token.value);
  const { name, rawName, value, inlineValue } = token;
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  // With allowNegative, the name of --no-limit is `limit`, though only what is on or off can be negated.
  const isNegated = rawName === `--no-${name}`;
  if (!option || (isNegated && option.type !== 'boolean')) return `There is no option ${rawName}.`;
  if (option.type === 'boolean') return value === undefined ? undefined : `${rawName} takes no value.`;
  // The next option is no value, unless it is said to be one: --note=--x.
  const isMissing = value === undefined || value === '' || (!inlineValue && value.startsWith('--'));
  return isMissing ? `${rawName} needs a value.` : undefined;
}

/** Refuses what comes after the last argument that a command takes. @throws {UsageError} */
export function refuseFurther(rest: readonly string[]): void {
  const [first] = rest;
  if (first !== undefined) throw new UsageError(unexpected(first));
}

const unexpected = (argument: string): string => `Unexpected argument: ${argument}`;

/** Refuses options that only other sub-commands have: by name, whether they are given. @throws {UsageError} */
export function refuseOptions(command: string, given: Record<`--${string}`, boolean>): void {
  for (const [option, isGiven] of Object.entries(given)) {
    if (isGiven) throw new UsageError(`${command} takes no ${option}.`);
  }
}

/** For a command line that names no command, or one that there is not. */
export function noSuchCommand(given: string | undefined, commands: readonly string[]): UsageError {
  const known = alternatives(commands);
  return new UsageError(
    given === undefined ? `Say what to do: ${known}.` : `There is no command ${given}; use ${known}.`,
  );
}

/** A whole number that an option gives. @throws {UsageError} */
export function wholeNumber(option: string, given: string, [min, max]: readonly [min: number, max: number]): number {
  // Digits alone: `Number` would take an empty word for zero, and 1e3.
  if (/^\d+$/.test(given) && Number(given) >= min && Number(given) <= max) return Number(given);
  throw new UsageError(`${option} must be a whole number from ${min} to ${max}, not ${given}.`);
}

/** One of several words that an option takes. @throws {UsageError} */
export function oneOf<const Word extends string>(option: string, given: string, words: readonly Word[]): Word {
  const word = words.find((each) => each === given);
  if (word !== undefined) return word;
  throw new UsageError(`${option} must be ${alternatives(words)}, not ${given}.`);
}

/** Text that an option gives, without spaces around it. @throws {UsageError} if it is empty, or longer than that */
export function text(option: string, given: string, maxLength: number): string {
  const trimmed = given.trim();
  if (trimmed === '') throw new UsageError(`${option} must not be empty.`);
  if (trimmed.length <= maxLength) return trimmed;
  throw new UsageError(`${option} must have at most ${maxLength} characters, not ${trimmed.length}.`);
}

/** `a`, `a or b`, `a, b or c`. */
function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
