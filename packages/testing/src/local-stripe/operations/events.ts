import { badParameter, missing } from '../api-error.ts';
import { now } from '../books.ts';
import type { StripeEvent } from '../event-log.ts';
import type { Call } from './call.ts';
import { list, listParameters } from './lists.ts';
import { allowOnly, text, textList } from './parameters.ts';

/** Stripe answers for events of the last 30 days (https://docs.stripe.com/api/events). */
const KEPT_SECONDS = 30 * 86_400;
const MAX_TYPES = 20;

export function retrieveEvent({ books, log, parameters, id }: Call): StripeEvent {
  allowOnly(parameters, ['expand']);
  const event = log.find(id)?.event;
  if (!event || !isShown(event, books.accountId)) throw missing('event', id, 'id', 404);
  return event;
}

export function listEvents({ books, log, parameters }: Call): unknown {
  allowOnly(parameters, [...listParameters, 'type', 'types']);
  const type = text(parameters, 'type');
  const types = textList(parameters, 'types');
  if (type !== undefined && types !== undefined) {
    throw badParameter('parameters_exclusive', 'types', 'You may only specify one of these parameters: type, types.');
  }
  if (types && types.length > MAX_TYPES) {
    throw badParameter('parameter_invalid', 'types', `You can pass up to ${MAX_TYPES} types.`);
  }
  const wanted = types ?? (type === undefined ? undefined : [type]);
  const shown = log.all().flatMap(({ event }) => (isShown(event, books.accountId) ? [event] : []));
  // Tests may send events of any time: put in order, those of one second stay as they were made.
  shown.sort((one, other) => one.created - other.created);
  return list('/v1/events', 'event', shown, parameters, (event) => {
    return !wanted || wanted.some((pattern) => matches(event.type, pattern));
  });
}

/** A key sees the events of its own account and mode. */
function isShown({ created, account, livemode }: StripeEvent, accountId: string): boolean {
  return created > now() - KEPT_SECONDS && !livemode && (account ?? accountId) === accountId;
}

/** `charge.*` is all types that begin with `charge.`. */
function matches(type: string, pattern: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}
