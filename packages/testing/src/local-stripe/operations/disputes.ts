import { missing } from '../api-error.ts';
import type { Dispute } from '../books.ts';
import type { Call } from './call.ts';
import { list, listParameters } from './lists.ts';
import { allowOnly, expansions, text } from './parameters.ts';

export function retrieveDispute({ books, parameters, id }: Call): Dispute {
  allowOnly(parameters, ['expand']);
  const dispute = books.disputes.get(id);
  if (!dispute) throw missing('dispute', id, 'dispute', 404);
  return dispute;
}

export function listDisputes({ books, parameters }: Call): unknown {
  allowOnly(parameters, [...listParameters, 'charge', 'payment_intent']);
  const charge = text(parameters, 'charge');
  const intent = text(parameters, 'payment_intent');
  const expand = expansions(parameters, ['data.payment_intent']);
  const listing = list('/v1/disputes', 'dispute', [...books.disputes.values()], parameters, (dispute) => {
    return (
      dispute.charge === (charge ?? dispute.charge) && dispute.payment_intent === (intent ?? dispute.payment_intent)
    );
  });
  if (!expand.has('data.payment_intent')) return listing;
  const data = listing.data.map((dispute) => ({
    ...dispute,
    payment_intent: books.intents.get(dispute.payment_intent),
  }));
  return { ...listing, data };
}
