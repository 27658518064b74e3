import { stripeVariables } from '@ticketing/order-effects/config';
import { createStripe } from '@ticketing/order-effects/stripe';
import { createStripeLimiter } from '@ticketing/order-effects/stripe-limiter';
import { createProducer } from '@ticketing/kafka/producer';
import { nothingRunning } from '@ticketing/service-kit/command-database';
import { runCommand, type CommandOptions } from '@ticketing/service-kit/command-line';
import { commonVariables, ConfigError, readConfig } from '@ticketing/service-kit/config';
import { EXIT } from '@ticketing/service-kit/exit-status';
import { silentLog } from '@ticketing/service-kit/log';
import { openPool } from '@ticketing/service-kit/postgres';
import { present } from '@ticketing/service-kit/present';
import { brokers } from '@ticketing/service-kit/variable';
import { z } from 'zod';
import { json, visible } from '@ticketing/service-kit/terminal-text';
import { readArguments, type DlqArguments } from './arguments.ts';
import { HELP } from './help.mjs';
import { discard, replay, type Handling } from './handle.ts';
import type { DeadLetter } from './letter.ts';
import { isRefundable, refundLetters, type RefundWork } from './refund.ts';
import { letterTable, sentence, wholeText } from './print.ts';
import { isCalled, select } from './select.ts';
import { readWhole, type WholeLetter } from './show.ts';
import { readDeadLetters, type Sources } from './sources.ts';

export interface DlqOptions extends CommandOptions {
  /** Keeps installations, and tests, on one broker apart. */
  topicPrefix?: string;
}

const Environment = z.object({
  KAFKA_BROKERS: brokers.optional(),
  DATABASE_URL: commonVariables(0).DATABASE_URL.optional(),
});

const PRODUCE_TIMEOUT_MS = 10_000;

/** `pnpm dlq …`; returns the exit status. */
export function runDlq(args: string[], options: DlqOptions): Promise<number> {
  return runCommand(
    {
      name: 'pnpm dlq',
      help: HELP,
      readArguments: (given) => readArguments(given, options.topicPrefix ?? ''),
      run: (parsed) => withSources(options, (sources) => run(parsed, sources, options)),
    },
    args,
    options,
  );
}

async function withSources<Result>(options: DlqOptions, work: (sources: Sources) => Promise<Result>): Promise<Result> {
  const { KAFKA_BROKERS: addresses = [], DATABASE_URL: url } = readConfig(Environment, options.env);
  if (addresses.length === 0 && url === undefined) {
    throw nothingRunning("KAFKA_BROKERS, DATABASE_URL to the database of the worker's role, or both");
  }
  const client = { brokers: addresses, clientId: 'dlq', log: silentLog };
  const producer = addresses.length > 0 ? createProducer({ ...client, timeoutMs: PRODUCE_TIMEOUT_MS }) : undefined;
  const pool = url === undefined ? undefined : openPool({ url, schema: 'orders', size: 1, applicationName: 'dlq' });
  try {
    return await work({ kafka: producer && { client, producer, topicPrefix: options.topicPrefix ?? '' }, pool });
  } finally {
    await producer?.close();
    await pool?.end();
  }
}

async function run(args: DlqArguments, sources: Sources, options: DlqOptions): Promise<number> {
  const { command, selection, withHandled, isDryRun, isJson } = args;
  const all = await readDeadLetters(sources, withHandled || command === 'show');
  const isMeant = (letter: DeadLetter) => command !== 'refund' || isRefundable(letter, options.topicPrefix ?? '');
  // By ids, what cannot be refunded is refused; by filters, it is not meant.
  const fitting = select(all, selection).filter((letter) => selection.ids !== undefined || isMeant(letter));
  const isAnyState = withHandled || command === 'show';
  const chosen = isAnyState ? fitting : fitting.filter(({ handled }) => handled === null);
  const missing = (selection.ids ?? []).filter((id) => !chosen.some((letter) => isCalled(letter, id)));
  for (const id of missing) options.err(whyMissing(id, all));
  if (command === 'list') printList(chosen, isJson, options);
  else if (command === 'show') await show(sources, chosen, isJson, options);
  else if (chosen.length === 0) options.err('No dead letter matches.');
  else if (isDryRun) dryRun(command, chosen, isJson, options);
  else if (!(await act(args, { sources, chosen, all }, options))) return EXIT.failed;
  return chosen.length === 0 || missing.length > 0 ? EXIT.nothingMatched : EXIT.done;
}

function printList(letters: DeadLetter[], isJson: boolean, { out, err }: DlqOptions): void {
  if (isJson) out(json(letters));
  else if (letters.length > 0) out(letterTable(letters));
  else err('No dead letter matches.');
}

async function show(sources: Sources, letters: DeadLetter[], isJson: boolean, { out }: DlqOptions): Promise<void> {
  const whole: WholeLetter[] = [];
  for await (const letter of readWhole(sources, letters)) {
    if (isJson) whole.push(letter);
    else out(wholeText(letter));
  }
  if (isJson) out(json(whole));
}

function dryRun(command: Acting, letters: DeadLetter[], isJson: boolean, { out }: DlqOptions): void {
  if (isJson) for (const letter of letters) out(json({ ...letter, result: { kind: `would-${command}` } }));
  else out(`${letterTable(letters)}\n${letters.length} to ${command}; nothing was done.`);
}

type Acting = 'replay' | 'discard' | 'refund';

interface Chosen {
  sources: Sources;
  chosen: DeadLetter[];
  all: DeadLetter[];
}

/** Returns whether all of it went well. */
async function act(args: DlqArguments, chosen: Chosen, options: DlqOptions): Promise<boolean> {
  const { isJson } = args;
  const { out, err } = options;
  let failed = 0;
  for await (const handling of handle(args, chosen, options)) {
    const isFailed = handling.handled.kind === 'failed';
    if (isFailed) failed++;
    if (isJson) out(json({ ...handling.letter, result: handling.handled }));
    else (isFailed ? err : out)(sentence(handling));
  }
  if (!isJson) out(`${chosen.chosen.length - failed} done, ${failed} failed`);
  return failed === 0;
}

function handle(
  { command, decision }: DlqArguments,
  { sources, chosen, all }: Chosen,
  options: DlqOptions,
): AsyncIterable<Handling> {
  if (command === 'refund') {
    return refundLetters({ ...refundWork(sources, options), ...present(decision), all }, chosen);
  }
  return command === 'replay' ? replay(sources, chosen) : discard(sources, chosen, all);
}

/** @throws {ConfigError} when it is not said which Stripe account and which database */
function refundWork({ kafka, pool }: Sources, { env }: DlqOptions): Pick<RefundWork, 'sources' | 'access'> {
  if (!pool) throw new ConfigError('DATABASE_URL is not set: who refunds what is kept there.');
  const config = readConfig(z.object(stripeVariables()), env);
  const stripe = createStripe({ secretKey: config.STRIPE_SECRET_KEY, apiBase: config.STRIPE_API_BASE });
  return { sources: { kafka, pool }, access: { stripe, limiter: createStripeLimiter(config.STRIPE_MAX_RPS) } };
}

function whyMissing(id: string, all: DeadLetter[]): string {
  const handled = all.find((letter) => isCalled(letter, id))?.handled;
  return handled ? `${visible(id)} was ${handled} already.` : `There is no dead letter ${visible(id)}.`;
}
