import { createHmac, randomUUID } from 'node:crypto';

export interface SignedWebhook {
  body: string;
  headers: Record<string, string>;
}

export interface PaidIntent {
  orderId: string;
  /** Minor units of EUR. */
  amount: number;
}

/**
 * Stripe's report that an order's payment succeeded, as Stripe sends it (indented, about 2 kB), signed now
 * (https://docs.stripe.com/webhooks/signature).
 */
export function signedWebhook(secret: string, { orderId, amount }: PaidIntent): SignedWebhook {
  const seconds = Math.floor(Date.now() / 1000);
  const intentId = `pi_${orderId}`;
  const body = JSON.stringify(
    {
      id: `evt_${randomUUID()}`,
      object: 'event',
      api_version: '2026-02-25.clover',
      created: seconds,
      data: { object: succeededIntent(intentId, { orderId, amount }, seconds) },
      livemode: false,
      pending_webhooks: 1,
      request: { id: `req_${orderId}`, idempotency_key: `order-${orderId}-payment-1` },
      type: 'payment_intent.succeeded',
    },
    undefined,
    2,
  );
  const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return {
    body,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'stripe-signature': `t=${seconds},v1=${signature}`,
      'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    },
  };
}

/** https://docs.stripe.com/api/payment_intents/object */
function succeededIntent(id: string, { orderId, amount }: PaidIntent, seconds: number): Record<string, unknown> {
  return {
    id,
    object: 'payment_intent',
    amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: amount,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: { allow_redirects: 'always', enabled: true },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${id}_secret_of_the_bench`,
    confirmation_method: 'automatic',
    created: seconds,
    currency: 'eur',
    customer: null,
    description: null,
    last_payment_error: null,
    latest_charge: `ch_${orderId}`,
    livemode: false,
    metadata: { order_id: orderId, event_id: orderId },
    next_action: null,
    on_behalf_of: null,
    payment_method: `pm_${orderId}`,
    payment_method_configuration_details: null,
    payment_method_options: { card: { installments: null, network: null, request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    processing: null,
    receipt_email: 'buyer@example.com',
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'succeeded',
    transfer_data: null,
    transfer_group: null,
  };
}
