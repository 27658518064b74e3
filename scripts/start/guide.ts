import { DEMO_ACCOUNTS } from './demo-data.ts';
import type { Seeded } from './seed.ts';
import type { Stack } from './stack.ts';
import { withoutPassword } from './without-password.ts';

type Addresses = Pick<
  Stack,
  'url' | 'stripeUrl' | 'isStripeLocal' | 'brokers' | 'redisUrl' | 'workerUrl' | 'sendsMail'
>;

/** Demo data that is there. */
export interface Demo {
  /** Of the demo accounts. */
  password: string;
  sample: Seeded['sample'];
}

/** What is printed when everything is ready: where things are, who can sign in, and commands to paste. */
export function guide(stack: Addresses, demo: Demo | undefined, dataDir: string): string {
  const { url, stripeUrl, isStripeLocal, brokers, redisUrl, workerUrl, sendsMail } = stack;
  const rows = [
    ['Shop', url],
    ['API reference', `${url}/docs`],
    [
      'Payments',
      isStripeLocal ? `${stripeUrl}, a local Stripe: no money moves` : `${stripeUrl}, with STRIPE_SECRET_KEY`,
    ],
    ...(brokers ? [['Kafka', brokers]] : []),
    ...(redisUrl ? [['Redis', withoutPassword(redisUrl)]] : []),
    ...(workerUrl ? [['Worker', `${workerUrl}/health/ready, settles what Kafka holds`]] : []),
    ...(demo
      ? [
          ['Organizer', `${DEMO_ACCOUNTS.organizer.email}, password ${demo.password}`],
          ['Customer', `${DEMO_ACCOUNTS.customer.email}, password ${demo.password}`],
        ]
      : []),
    ['Mails', sendsMail ? 'sent, with SMTP_URL' : `${dataDir}/mail/*.eml, none is sent`],
    ['Data and logs', dataDir],
  ];
  const [title, commands] = demo
    ? [`Buy a ticket (${demo.sample.title}); paste into another terminal:`, purchase(stack, demo)]
    : [
        'There is no demo data. Put an event on sale; paste into another terminal, in this folder, with your own words:',
        firstEvent(stack, dataDir, new Date()),
      ];
  return [
    '',
    ...rows.map(([name = '', value = '']) => `  ${name.padEnd(14)} ${value}`),
    '',
    `  ${title}`,
    '',
    ...commands.flatMap((command) => [command, '']),
    ...(demo ? [] : [`  Buyers register with POST /auth/register. ${url}/docs says how they hold and pay.`, '']),
    '  Ctrl-C stops everything.',
    '',
  ].join('\n');
}

const JSON_BODY = "-H 'Content-Type: application/json'";
const AUTH = '-H "Authorization: Bearer $TOKEN"';

/** A purchase in four commands for bash or zsh: sign in, hold, pay, tickets. They need curl, grep and cut. */
export function purchase({ url, stripeUrl, isStripeLocal }: Addresses, { sample, password }: Demo): string[] {
  const login = JSON.stringify({ email: DEMO_ACCOUNTS.customer.email, password });
  const order = JSON.stringify({
    eventId: sample.eventId,
    lines: [{ ticketTypeId: sample.ticketTypeId, quantity: 2 }],
  });
  const startPayment = `curl -s -X POST ${url}/orders/$ORDER/payment ${AUTH}`;
  const intent = `$(${startPayment} | grep -o 'pi_[A-Za-z0-9]*' | head -n 1)`;
  // What a browser would do with Stripe's form.
  const pay = isStripeLocal
    ? `curl -s -X POST ${stripeUrl}/_local/pay/${intent}`
    : `curl -s ${stripeUrl}/v1/payment_intents/${intent}/confirm -u "$STRIPE_SECRET_KEY:" ` +
      `-d payment_method=pm_card_visa -d return_url=${url}`;
  return [
    `TOKEN=$(curl -s ${url}/auth/login ${JSON_BODY} -d '${login}' | ${field('accessToken')}); echo $TOKEN`,
    `ORDER=$(curl -s ${url}/orders ${AUTH} ${JSON_BODY} -d '${order}' | ${field('id')}); echo $ORDER`,
    `${pay}; echo`,
    // The payment reaches the shop by webhook, a moment later.
    `sleep 1; curl -s ${url}/orders/$ORDER/tickets ${AUTH}; echo`,
  ];
}

const DAY_MS = 24 * 60 * 60 * 1_000;
const HOUR_MS = 60 * 60 * 1_000;

/**
 * For a shop that is empty: make an organizer, who then needs no approval, and publish an event. They need curl, grep and
 * cut.
 */
export function firstEvent({ url }: Pick<Addresses, 'url'>, dataDir: string, now: Date): string[] {
  const startsAt = Math.ceil(now.getTime() / DAY_MS) * DAY_MS + 30 * DAY_MS + 18 * HOUR_MS;
  const event = JSON.stringify({
    title: 'Opening Night',
    description: 'Our first event.',
    venue: 'Town Hall, Vienna',
    timezone: 'Europe/Vienna',
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(startsAt + 3 * HOUR_MS).toISOString(),
    currency: 'EUR',
    ticketTypes: [{ name: 'Standing', price: 2_500, capacity: 100, maxPerOrder: 4 }],
  });
  // Double quotes around it: the password is the shell's.
  const account = JSON.stringify({ email: '$EMAIL', password: '$PASSWORD' });
  return [
    'EMAIL=you@example.com PASSWORD=$(head -c 12 /dev/urandom | od -An -tx1 | tr -dc 0-9a-f); echo "$EMAIL $PASSWORD"',
    `echo "$PASSWORD" | ${dataDir === '.data' ? '' : `DATA_DIR='${dataDir}' `}npm run --silent admin -- create "$EMAIL" --organizer`,
    `TOKEN=$(curl -s ${url}/auth/login ${JSON_BODY} -d "${account.replaceAll('"', String.raw`\"`)}" | ` +
      `${field('accessToken')}); echo $TOKEN`,
    `curl -s ${url}/events ${AUTH} ${JSON_BODY} -d '${event}'; echo`,
  ];
}

/** Takes the first field of that name out of JSON, with what every shell has. */
const field = (name: string): string => `grep -o '"${name}":"[^"]*"' | head -n 1 | cut -d '"' -f 4`;
