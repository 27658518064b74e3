import { parseCommandLine, wholeNumber } from '@ticketing/service-kit/command-arguments';
import { runAsProcess, runCommand, UsageError } from '@ticketing/service-kit/command-line';
import { EXIT } from '@ticketing/service-kit/exit-status';
import { startLocalStripe } from './local-stripe.ts';

const HELP = `Runs a local stand-in for Stripe until it gets SIGTERM or SIGINT.

  node packages/testing/src/local-stripe-cli.ts --webhook-secret whsec_… [options]

  --port <number>           port to listen on (12111)
  --host <address>          address to listen on (127.0.0.1)
  --webhook-url <url>       where to send events, e.g. http://127.0.0.1:3000/orders/webhook
  --webhook-secret <text>   signs the events (required)
  --secret-key <text>       the only API key accepted (any sk_test_… or rk_test_… when not given)
  --file <path>             keeps payments over restarts
  --help                    this text

Prints one line of JSON, {"url":…}, when it is ready. Pay an intent: curl -X POST <url>/_local/pay/pi_…`;

interface LocalStripeArguments {
  port: number;
  host: string;
  webhookUrl: string | undefined;
  webhookSecret: string;
  secretKey: string | undefined;
  file: string | undefined;
}

const PORTS = [0, 65_535] as const;

await runAsProcess((args, output) =>
  runCommand({ name: 'node packages/testing/src/local-stripe-cli.ts', help: HELP, readArguments, run }, args, output),
);

function readArguments(args: string[]): LocalStripeArguments | 'help' {
  const { values } = parseCommandLine({
    args,
    options: {
      port: { type: 'string', default: '12111' },
      host: { type: 'string', default: '127.0.0.1' },
      'webhook-url': { type: 'string' },
      'webhook-secret': { type: 'string' },
      'secret-key': { type: 'string' },
      file: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const { 'webhook-url': webhookUrl, 'webhook-secret': webhookSecret, 'secret-key': secretKey, host, file } = values;
  if (webhookSecret === undefined) throw new UsageError('--webhook-secret is required.');
  if (webhookUrl !== undefined && !/^https?:\/\//.test(webhookUrl)) {
    throw new UsageError(`--webhook-url must be an http:// or https:// URL, not ${webhookUrl}.`);
  }
  return { port: wholeNumber('--port', values.port, PORTS), host, webhookUrl, webhookSecret, secretKey, file };
}

/** Returns once it listens: it then runs until it is told to stop. */
async function run({ port, host, webhookUrl, webhookSecret, secretKey, file }: LocalStripeArguments): Promise<number> {
  const stripe = await startLocalStripe({
    host,
    port,
    webhookSecret,
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
    ...(secretKey === undefined ? {} : { secretKey }),
    ...(file === undefined ? {} : { file }),
    onError: (error) => process.stderr.write(`Cannot keep the state in ${file ?? ''}: ${String(error)}\n`),
  });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= stripe.close().finally(() => {
      // Otherwise the channel to a parent would keep this process alive.
      if (process.connected) process.disconnect();
    });
  };
  process.on('SIGTERM', close).on('SIGINT', close).on('disconnect', close);
  console.log(JSON.stringify({ url: stripe.url, webhookUrl: webhookUrl ?? null, file: file ?? null }));
  return EXIT.done;
}
