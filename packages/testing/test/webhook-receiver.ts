import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';

export interface Received {
  id: string;
  type: string;
  object: Record<string, unknown>;
  event: Stripe.Event;
}

export interface Receiver {
  url: string;
  /** Events whose signature held, in order of arrival, refused ones too. */
  received: Received[];
  /** Answers this status to the next `times` deliveries. */
  refuse: (status: number, times: number) => void;
  close: () => Promise<void>;
}

/** A webhook endpoint that checks signatures with the official package and answers 200 unless told otherwise. */
export async function receiveWebhooks(secret: string): Promise<Receiver> {
  const received: Received[] = [];
  let refusing = { status: 200, times: 0 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const signature = String(request.headers['stripe-signature']);
      const event = Stripe.webhooks.constructEvent(Buffer.concat(chunks), signature, secret);
      const object = event.data.object as unknown as Received['object'];
      received.push({ id: event.id, type: event.type, object, event });
      refusing.times -= 1;
      response.writeHead(refusing.times >= 0 ? refusing.status : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders/webhook`,
    received,
    refuse: (status, times) => (refusing = { status, times }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
