// A webhook as it is usually written: bare Express, the raw body, Stripe's own check, one awaited send per request.
import express from 'express';
import { Kafka, logLevel } from 'kafkajs';
import Stripe from 'stripe';

const { PORT, KAFKA_BROKERS = '', STRIPE_WEBHOOK_SECRET = '' } = process.env;

const kafka = new Kafka({ brokers: KAFKA_BROKERS.split(','), logLevel: logLevel.ERROR });
// Not idempotent: kafkajs would then send one request at a time, and be slower.
const producer = kafka.producer({ allowAutoTopicCreation: false });
await producer.connect();
const stripe = new Stripe('sk_test_bench');

const app = express();
app.disable('x-powered-by').disable('etag');
app.get('/ready', (_request, response) => response.end());
app.post('/orders/webhook', express.raw({ type: 'application/json', limit: '1mb' }), async (request, response) => {
  const signature = request.headers['stripe-signature'] ?? '';
  const event = stripe.webhooks.constructEvent(request.body as Buffer, signature, STRIPE_WEBHOOK_SECRET);
  const { id, amount_received: amount, currency, metadata } = event.data.object as Stripe.PaymentIntent;
  const occurredAt = new Date(event.created * 1000).toISOString();
  const orderId = metadata.order_id ?? '';
  const type = 'payment.succeeded';
  const outcome = {
    ...{ eventId: event.id, type, orderId, paymentIntentId: id },
    ...{ amount, currency: currency.toUpperCase(), occurredAt },
  };
  const headers = {
    ...{ ce_specversion: '1.0', ce_id: event.id, ce_type: type, ce_source: 'orders-service', ce_time: occurredAt },
    'content-type': 'application/json',
  };
  await producer.send({ topic: type, acks: -1, messages: [{ key: orderId, value: JSON.stringify(outcome), headers }] });
  response.json({ received: true, outcome: 'queued' });
});
app.listen(Number(PORT), '127.0.0.1');

const end = () => void producer.disconnect().finally(() => process.exit());
process.on('SIGTERM', end);
process.on('disconnect', end);
