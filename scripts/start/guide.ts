import { DEMO_ACCOUNTS, DEMO_PASSWORD } from './demo-data.ts';
import type { Seeded } from './seed.ts';
import type { Stack } from './stack.ts';
import { withoutPassword } from './without-password.ts';

type Addresses = Pick<
  Stack,
  'url' | 'stripeUrl' | 'isStripeLocal' | 'brokers' | 'redisUrl' | 'workerUrl' | 'sendsMail'
>;

/** What is printed when everything is ready: where things are, who can sign in, and a purchase to paste. */
export function guide(stack: Addresses, sample: Seeded['sample'], dataDir: string): string {
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
    ['Organizer', `${DEMO_ACCOUNTS.organizer.email}, password ${DEMO_PASSWORD}`],
    ['Customer', `${DEMO_ACCOUNTS.customer.email}, password ${DEMO_PASSWORD}`],
    ['Mails', sendsMail ? 'sent, with SMTP_URL' : `${dataDir}/mail/*.eml, none is sent`],
    ['Data and logs', dataDir],
  ];
  return [
    '',
    ...rows.map(([name = '', value = '']) => `  ${name.padEnd(14)} ${value}`),
    '',
    `  Buy a ticket (${sample.title}); paste into another terminal:`,
    '',
    ...purchase(stack, sample).flatMap((command) => [command, '']),
    '  Ctrl-C stops everything.',
    '',
  ].join('\n');
}

/** A purchase in four commands for bash or zsh: sign in, hold, pay, tickets. They need curl, grep and cut. */
export function purchase({ url, stripeUrl, isStripeLocal }: Addresses, sample: Seeded['sample']): string[] {
  const json = "-H 'Content-Type: application/json'";
  const auth = '-H "Authorization: Bearer $TOKEN"';
  const login = JSON.stringify({ email: DEMO_ACCOUNTS.customer.email, password: DEMO_PASSWORD });
  const order = JSON.stringify({
    eventId: sample.eventId,
    lines: [{ ticketTypeId: sample.ticketTypeId, quantity: 2 }],
  });
  const startPayment = `curl -s -X POST ${url}/orders/$ORDER/payment ${auth}`;
  const intent = `$(${startPayment} | grep -o 'pi_[A-Za-z0-9]*' | head -n 1)`;
  // What a browser would do with Stripe's form.
  const pay = isStripeLocal
    ? `curl -s -X POST ${stripeUrl}/_local/pay/${intent}`
    : `curl -s ${stripeUrl}/v1/payment_intents/${intent}/confirm -u "$STRIPE_SECRET_KEY:" ` +
      `-d payment_method=pm_card_visa -d return_url=${url}`;
  return [
    `TOKEN=$(curl -s ${url}/auth/login ${json} -d '${login}' | ${field('accessToken')}); echo $TOKEN`,
    `ORDER=$(curl -s ${url}/orders ${auth} ${json} -d '${order}' | ${field('id')}); echo $ORDER`,
    `${pay}; echo`,
    // The payment reaches the shop by webhook, a moment later.
    `sleep 1; curl -s ${url}/orders/$ORDER/tickets ${auth}; echo`,
  ];
}

/** Takes the first field of that name out of JSON, with what every shell has. */
const field = (name: string): string => `grep -o '"${name}":"[^"]*"' | head -n 1 | cut -d '"' -f 4`;
