import { groupBy, sumOf } from '../group.ts';
import { mailsOf, type Mail, type MailKind } from '../mails.ts';
import type { EffectRow, OrderRow, RefundRow, Rule, World } from '../world.ts';

export const mailRules: Rule[] = [
  {
    name: 'every order that got tickets got one email with all of their codes',
    find: findWithoutTickets,
  },
  {
    name: 'whoever gets money back, or loses tickets, is told so in one email, with the right amount',
    find: findUntold,
  },
  {
    name: 'an email goes to the address of its order, and to nobody else',
    find: ({ history, database }) => {
      const orders = new Map(database.orders.map((order) => [order.id, order]));
      return mailsOf(history).flatMap((mail) => {
        const order = orders.get(mail.orderId ?? '');
        if (!order || !mail.kind) return [`"${mail.subject}" to ${mail.to} is about nothing that we write about`];
        return order.email === mail.to ? [] : [`"${mail.subject}" of order ${order.id} went to ${mail.to}`];
      });
    },
  },
  {
    name: 'an email comes once, or again when something broke meanwhile',
    find: findRepeated,
  },
];

function findWithoutTickets({ history, database }: World): string[] {
  const mails = groupBy(distinct(history, 'tickets'), ({ orderId }) => orderId);
  const tickets = groupBy(database.tickets, ({ orderId }) => orderId);
  const effects = groupBy(database.outbox, ({ orderId }) => orderId);
  return database.orders.flatMap((order) => {
    const { id, status } = order;
    const got = mails.get(id) ?? [];
    const codes = (tickets.get(id) ?? []).map(({ code }) => code);
    if (codes.length === 0) return got.length > 0 ? [`order ${id} is ${status}, and got an email with tickets`] : [];
    if (got.length === 0 && isOvertaken(order, effects.get(id) ?? [])) return [];
    if (got.length !== 1) return [`order ${id} (${status}) got ${got.length} emails with tickets`];
    const told = got.flatMap((mail) => mail.codes);
    return sorted(told) === sorted(codes) ? [] : [`order ${id} has ${sorted(codes)}, and was sent ${sorted(told)}`];
  });
}

/** Whether an order's tickets had become worthless before its email was seen to: then there was nothing to send. */
function isOvertaken({ status, paidIntentId }: OrderRow, effects: EffectRow[]): boolean {
  if (status !== 'refunding' && status !== 'refunded') return false;
  const doneAt = effects.find(({ mail }) => mail === 'tickets')?.doneAt ?? undefined;
  const ends = effects.filter(
    ({ kind, mail, intentId }) =>
      (kind === 'refund' || (kind === 'mail' && mail !== 'tickets')) && (intentId ?? paidIntentId) === paidIntentId,
  );
  return doneAt !== undefined && ends.some(({ createdAt }) => createdAt <= doneAt);
}

/** How a refund is told of, by its reason. */
const TOLD_AS: Record<string, MailKind> = {
  requested: 'refund',
  'at-provider': 'refund',
  'paid-twice': 'refund',
  'event-cancelled': 'cancelled',
  'sold-out': 'too-late',
  'event-over': 'too-late',
};

function findUntold({ history, database }: World): string[] {
  const mails = groupBy(
    (['refund', 'cancelled', 'too-late'] as const).flatMap((kind) => distinct(history, kind)),
    ({ orderId }) => orderId,
  );
  const refunds = groupBy(database.refunds, ({ orderId }) => orderId);
  return database.orders.flatMap((order) => {
    const owed = owedOf(order, refunds.get(order.id) ?? []);
    const told = (mails.get(order.id) ?? []).map(({ kind, goesBack }) => textOf(kind, goesBack));
    if (sorted(owed) === sorted(told)) return [];
    const { id, status, refundReason } = order;
    return [
      `order ${id} (${status}, ${refundReason}) was told of ${sorted(told) || 'nothing'}, not of ${sorted(owed) || 'nothing'}`,
    ];
  });
}

/** What the buyer of an order is to be told: of each refund of ours; of those by hand once they have taken the tickets. */
function owedOf({ status, total, paidIntentId, refundReason }: OrderRow, refunds: RefundRow[]): string[] {
  if (total === 0) return status === 'refunded' ? [textOf(TOLD_AS[refundReason ?? ''], undefined)] : [];
  return [...groupBy(refunds, ({ intentId }) => intentId)].flatMap(([intentId, all]) => {
    const ours = all.filter(({ reason }) => reason !== 'at-provider');
    if (ours.length > 0) return ours.map(({ reason, amount }) => textOf(TOLD_AS[reason], amount));
    if (status !== 'refunded' || intentId !== paidIntentId) return [];
    const given = all.filter((refund) => refund.status === 'succeeded');
    return [
      textOf(
        TOLD_AS[refundReason ?? ''],
        sumOf(given, ({ amount }) => amount),
      ),
    ];
  });
}

function textOf(kind: MailKind | undefined, amount: number | undefined): string {
  return `${kind}${amount ? ` of ${amount}` : ''}`;
}

/** What was broken leaves traces for so long: a connection that nobody has noticed yet to be dead, say. */
const AFTERMATH_MS = 2_000;

/**
 * Between an email's last byte and the note that it is sent there is a moment: whoever dies in it, or is cut off, cannot
 * tell, and the next one sends it again. It is the same email then, and one more for each attempt at most.
 */
function findRepeated({ history, database, disturbances }: World): string[] {
  const effects = new Map(database.outbox.map((effect) => [effect.id, effect]));
  return [...groupBy(mailsOf(history), ({ messageId }) => messageId)].flatMap(([messageId, mails]) => {
    const { attempts = 0 } = effects.get(messageId.split('@')[0] ?? '') ?? {};
    const what = `${messageId} ("${mails[0]?.subject}", order ${mails[0]?.orderId})`;
    if (mails.length > attempts) return [`${what} came ${mails.length} times, of ${attempts} attempts`];
    const isExcused = (sent: Mail, again: Mail) =>
      disturbances.some(({ fromMs, toMs }) => fromMs <= again.at && toMs + AFTERMATH_MS >= sent.at);
    const groundless = mails.slice(1).filter((again, index) => !isExcused(mails[index] ?? again, again));
    return groundless.length > 0 ? [`${what} came again, ${groundless.length} times, for no reason`] : [];
  });
}

/** Emails of a kind, each once however often it came. */
function distinct(history: World['history'], kind: MailKind): Mail[] {
  const mails = mailsOf(history).filter((mail) => mail.kind === kind);
  return [...new Map(mails.map((mail) => [mail.messageId, mail])).values()];
}

function sorted(texts: string[]): string {
  return [...texts].sort().join(', ');
}
