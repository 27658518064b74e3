import { parseArgs } from 'node:util';
import { startLocalStripe } from './local-stripe.ts';

const usage = `Runs a local stand-in for Stripe until it gets SIGTERM or SIGINT.

  node packages/testing/src/local-stripe-cli.ts --webhook-secret whsec_… [options]

  --port <number>           port to listen on (12111)
  --host <address>          address to listen on (127.0.0.1)
  --webhook-url <url>       where to send events, e.g. http://127.0.0.1:3000/orders/webhook
  --webhook-secret <text>   signs the events (required)
  --secret-key <text>       the only API key accepted (any sk_test_… or rk_test_… when not given)
  --file <path>             keeps payments over restarts
  --help                    this text

Prints one line of JSON, {"url":…}, when it is ready. Pay an intent: curl -X POST <url>/_local/pay/pi_…
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '12111' },
    host: { type: 'string', default: '127.0.0.1' },
    'webhook-url': { type: 'string' },
    'webhook-secret': { type: 'string' },
    'secret-key': { type: 'string' },
    file: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(usage);
else await run();

async function run(): Promise<void> {
  const {
    port,
    host,
    file,
    'webhook-url': webhookUrl,
    'webhook-secret': webhookSecret,
    'secret-key': secretKey,
  } = values;
  if (!webhookSecret || !/^\d{1,5}$/.test(port)) {
    process.stderr.write(`--webhook-secret is required, and --port must be a number.\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  const stripe = await startLocalStripe({
    host,
    port: Number(port),
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
}
