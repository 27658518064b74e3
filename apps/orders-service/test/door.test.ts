import { randomUUID } from 'node:crypto';
import { present } from '@ticketing/service-kit/present';
import { waitUntil } from '@ticketing/testing/wait-until';
import type { TicketAtDoor } from '@ticketing/types/ticket';
import { NOT_A_TICKET_CODE, readTicketCode } from '@ticketing/types/ticket-code';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openShop, type Refusal, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(async () => {
  expect(await shop.faults()).toEqual([]);
  await shop.close();
});

interface DoorAnswer extends Refusal, Partial<Omit<TicketAtDoor, 'code'>> {
  detail?: string;
}

type Act = 'check-in' | 'check-in/undo';

/** A ticket of an event of an organizer, and what is done with it at the door. */
async function soldTicket(organizerId: string = randomUUID()) {
  const { eventId, ticketTypeId } = await shop.createEvent([{ price: 0 }], { organizerId });
  const buyer = shop.token();
  const { body: order } = await shop.hold(buyer, eventId, [[ticketTypeId, 1]]);
  const ticket = present((await shop.tickets(buyer, order.id))[0]);
  const organizer = shop.token('organizer', organizerId);
  const at = (act: Act, body?: unknown, token = organizer, code = ticket.code) =>
    shop.call<DoorAnswer>('POST', `/tickets/${encodeURIComponent(code)}/${act}`, { token, body });
  return {
    ...{ organizerId, organizer, buyer, eventId, ticketTypeId, order, ticket, at },
    status: async () => present((await shop.tickets(buyer, order.id))[0]).status,
    refund: () =>
      shop.call('POST', `/orders/${order.id}/refund`, { token: organizer, body: { includeCheckedIn: true } }),
    acts: async () => {
      const { rows } = await shop.admin.query<{ kind: string; actor: string; at: Date }>(
        `select kind, actor_id as actor, at from orders.check_ins where ticket_id = $1 order by at`,
        [ticket.id],
      );
      return rows;
    },
  };
}

describe('a ticket at the door', () => {
  test('is answered with its event and ticket type, let in or refused', async () => {
    const { at, ticket, eventId, ticketTypeId } = await soldTicket();
    const names = { event: { id: eventId, title: 'Show' }, ticketType: { id: ticketTypeId, name: 'Type 0' } };
    const admitted = await at('check-in', { eventId });
    expect([admitted.status, admitted.body]).toEqual([
      200,
      { ...ticket, ...names, status: 'checked_in', checkedInAt: expect.stringMatching(/Z$/) as string },
    ]);
    const { checkedInAt } = admitted.body;
    const again = await at('check-in');
    expect(again.body).toMatchObject({ code: 'ALREADY_CHECKED_IN', checkedInAt, ...names });
  });

  test.each([{ body: undefined }, { body: {} }])('is let in without naming an event: $body', async ({ body }) => {
    const { at } = await soldTicket();
    expect((await at('check-in', body)).status).toBe(200);
  });

  test('of another event is refused with that event’s name, whatever its state, and nothing is used up', async () => {
    const organizerId = randomUUID();
    const [ours, here] = [await soldTicket(organizerId), await soldTicket(organizerId)];
    const wrong = { status: 409, code: 'WRONG_EVENT', event: { id: ours.eventId, title: 'Show' } };
    for (const act of ['check-in', 'check-in/undo'] as const) {
      for (const eventId of [here.eventId, randomUUID()]) {
        expect((await ours.at(act, { eventId })).body).toMatchObject(wrong);
      }
    }
    expect([await ours.status(), await ours.acts()]).toEqual(['valid', []]);

    await ours.at('check-in', { eventId: ours.eventId });
    expect((await ours.at('check-in', { eventId: here.eventId })).body).toMatchObject(wrong);
    expect((await ours.at('check-in/undo', { eventId: here.eventId })).body).toMatchObject(wrong);
    expect(await ours.status()).toBe('checked_in');

    await ours.refund();
    expect((await ours.at('check-in', { eventId: here.eventId })).body).toMatchObject(wrong);
  });

  test('is as good as not there for who may not manage its event, whichever event they name', async () => {
    const [ours, theirs] = [await soldTicket(), await soldTicket()];
    for (const act of ['check-in', 'check-in/undo'] as const) {
      for (const body of [undefined, { eventId: ours.eventId }, { eventId: theirs.eventId }]) {
        const { status, body: answer } = await ours.at(act, body, theirs.organizer);
        expect([status, answer.code, answer.event]).toEqual([404, 'NOT_FOUND', undefined]);
      }
    }
    expect([await ours.status(), await ours.acts()]).toEqual(['valid', []]);
  });

  test.each([{ eventId: 'x' }, { eventId: null }, { eventID: randomUUID() }, []])(
    'is left as it is by a body that cannot be meant: %j',
    async (body) => {
      const { at, status } = await soldTicket();
      expect((await at('check-in', body)).status).toBe(422);
      expect(await status()).toBe('valid');
    },
  );
});

describe('a check-in taken back', () => {
  test('makes the ticket good for another one, and all acts stay on record with who and when', async () => {
    const { at, ticket, organizerId, acts, status } = await soldTicket();
    const first = await at('check-in');
    const undone = await at('check-in/undo');
    expect([undone.status, undone.body]).toMatchObject([200, { ...ticket, status: 'valid', checkedInAt: null }]);
    expect(await status()).toBe('valid');
    const admin = randomUUID();
    const again = await at('check-in', undefined, shop.token('admin', admin));
    expect(again.status).toBe(200);
    const recorded = await acts();
    expect(recorded.map(({ kind, actor }) => [kind, actor])).toEqual([
      ['in', organizerId],
      ['undo', organizerId],
      ['in', admin],
    ]);
    const [in1, , in2] = recorded;
    for (const [answer, act] of [[first, in1] as const, [again, in2] as const]) {
      expect(Math.abs(Date.parse(answer.body.checkedInAt ?? '') - present(act).at.getTime())).toBeLessThanOrEqual(1);
    }
  });

  test('is refused where there is none, and leaves nothing on record', async () => {
    const { at, acts, refund } = await soldTicket();
    const early = await at('check-in/undo');
    expect([early.status, early.body.code, early.body.detail]).toEqual([
      ...[409, 'ORDER_STATE', 'This ticket is not checked in.'],
    ]);
    await at('check-in');
    await at('check-in/undo');
    expect((await at('check-in/undo')).body.code).toBe('ORDER_STATE');
    expect(await acts()).toHaveLength(2);
    await refund();
    for (const act of ['check-in', 'check-in/undo'] as const) {
      expect((await at(act)).body.detail).toMatch(/is void/);
    }
    expect(await acts()).toHaveLength(2);
  });

  test('of a check-in by a replica of the release before, which kept no record, is possible', async () => {
    const { at, ticket, acts, status } = await soldTicket();
    await shop.admin.query(`update orders.tickets set status = 'checked_in', checked_in_at = now() where code = $1`, [
      ticket.code,
    ]);
    expect((await at('check-in/undo')).status).toBe(200);
    expect([await status(), (await acts()).map(({ kind }) => kind)]).toEqual(['valid', ['undo']]);
  });

  test('is not there for a buyer, nor without signing in', async () => {
    const { at, buyer, ticket } = await soldTicket();
    await at('check-in');
    expect((await at('check-in/undo', undefined, buyer)).status).toBe(403);
    expect((await shop.call('POST', `/tickets/${ticket.code}/check-in/undo`)).status).toBe(401);
  });

  test('among many acts at once, check-ins and undos take turns', async () => {
    const { at, acts, status } = await soldTicket();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => at(index % 2 ? 'check-in' : 'check-in/undo')),
    );
    for (const { status: code, body } of answers) {
      if (code !== 200) expect(['ALREADY_CHECKED_IN', 'ORDER_STATE']).toContain(body.code);
      if (body.code === 'ALREADY_CHECKED_IN') expect(body.checkedInAt).toMatch(/Z$/);
      expect(body.detail ?? '').not.toMatch(/void/);
    }
    const kinds = (await acts()).map(({ kind }) => kind);
    expect(kinds).toHaveLength(answers.filter((answer) => answer.status === 200).length);
    expect(kinds).toEqual(kinds.map((_kind, index) => (index % 2 ? 'undo' : 'in')));
    expect(await status()).toBe(kinds.length % 2 ? 'checked_in' : 'valid');
  });

  test('and a refund at the same moment: the ticket ends void, and what was done is on record', async () => {
    const sold = await Promise.all(Array.from({ length: 20 }, () => soldTicket()));
    for (const { at } of sold) await at('check-in');
    const outcomes = await Promise.all(
      sold.map(async ({ at, refund, status, acts }) => {
        const [undone] = await Promise.all([at('check-in/undo'), refund()]);
        await waitUntil('the ticket to be void', async () => (await status()) === 'void');
        // A ticket has a code too.
        const refusal = undone.status === 200 ? undefined : undone.body.code;
        return [undone.status, refusal, (await acts()).length];
      }),
    );
    for (const outcome of outcomes) {
      expect([
        [200, undefined, 2],
        [409, 'ORDER_STATE', 1],
      ]).toContainEqual(outcome);
    }
  });
});

/** What hardware and hands make of a code, each by itself. */
const SPELLINGS: Record<string, (code: string) => string> = {
  'in lower case': (code) => code.toLowerCase(),
  'with spaces': (code) => code.replaceAll(/.{4}/g, '$& '),
  'with hyphens': (code) => code.replaceAll(/.{5}/g, '$&-'),
  'with a line end': (code) => `${code}\r\n`,
  'with a tab before and after': (code) => `\t${code}\t`,
  'with O for 0': (code) => code.replaceAll('0', 'O'),
  'with o for 0': (code) => code.replaceAll('0', 'o'),
  'with I for 1': (code) => code.replaceAll('1', 'I'),
  'with l for 1': (code) => code.replaceAll('1', 'l'),
  'with en dashes': (code) => code.replaceAll(/.{6}/g, '$&\u2013'),
  'with minus signs': (code) => code.replaceAll(/.{6}/g, '$&\u2212'),
  'with non-breaking hyphens': (code) => code.replaceAll(/.{6}/g, '$&\u2011'),
  'with non-breaking spaces': (code) => code.replaceAll(/.{4}/g, '$&\u00a0'),
  'with ideographic spaces': (code) => code.replaceAll(/.{4}/g, '$&\u3000'),
  'with characters of no width': (code) => `\ufeff${code.replaceAll(/.{3}/g, '$&\u200b\u200d\u00ad')}`,
  'in full width': (code) => code.replaceAll(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0)),
  'with an encoded line end': (code) => `${code}%0D%0A`,
  'with encoded spaces': (code) => code.replaceAll(/.{4}/g, '$&%20'),
  'with the spaces of a form': (code) => code.replaceAll(/.{4}/g, '$&+'),
  'with dots and underscores': (code) => `${code.slice(0, 9)}.${code.slice(9, 18)}_${code.slice(18)}`,
  'with the identifier of a QR code': (code) => `]Q1${code}`,
  'in quotes': (code) => `"${code}"`,
};

describe('a code as it comes', () => {
  const BOTH_DIGITS = '0123456789ABCDEFGHJKMNPQR1';
  const names = Object.keys(SPELLINGS);
  const pairs = names.flatMap((first) => names.map((second) => ({ first, second })));
  // What a program does to a code comes after what hands do.
  const sensible = pairs.filter(({ first }) => !/encoded|identifier|form/.test(first));

  test.each(names)('%s lets in, is taken back and has a picture', async (name) => {
    const { at, ticket } = await soldTicket();
    const code = BOTH_DIGITS.slice(0, 13) + ticket.code.slice(13);
    await shop.admin.query('update orders.tickets set code = $2 where id = $1', [ticket.id, code]);
    const spelled = present(SPELLINGS[name])(code);
    expect(spelled).not.toBe(code);
    const admitted = await at('check-in', undefined, undefined, spelled);
    expect([admitted.status, admitted.body.code]).toEqual([200, code]);
    expect((await at('check-in/undo', undefined, undefined, spelled)).status).toBe(200);
    const [spelledQr, qr] = await Promise.all(
      [spelled, code].map((each) => shop.call<string>('GET', `/tickets/${encodeURIComponent(each)}/qr.svg`)),
    );
    expect([spelledQr?.status, spelledQr?.body]).toEqual([200, qr?.body]);
  });

  test('is read the same in any two ways at once', () => {
    for (const { first, second } of sensible) {
      const spelled = present(SPELLINGS[second])(present(SPELLINGS[first])(BOTH_DIGITS));
      expect([first, second, readTicketCode(spelled)]).toEqual([first, second, BOTH_DIGITS]);
    }
  });
});

/** QR codes of other things, as a scanner sends them. */
const FOREIGN: Record<string, string> = {
  'a web address': 'https://shop.example/t/1?x=1#top',
  'a card with contacts': 'BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nEND:VCARD',
  'a network': 'WIFI:T:WPA;S:Hall;P:secret;;',
  emoji: '🎟🎟🎟',
  '2,000 characters': 'A'.repeat(2_000),
  'a space': ' ',
  'a number': '4006381333931',
  'a percent sign': '100%',
  'a uuid': randomUUID(),
  'a code with a letter that none has': 'U'.repeat(26),
  'a code and one more': `${'0'.repeat(26)}1`,
  'half a code': '0'.repeat(13),
  'nothing but invisible characters': '\u200b\u200b',
};

describe('a QR code of something else', () => {
  test.each(Object.entries(FOREIGN))('%s is said to be no ticket code', async (_name, text) => {
    const token = shop.token('organizer');
    for (const act of ['check-in', 'check-in/undo']) {
      const { status, body } = await shop.call<DoorAnswer>('POST', `/tickets/${encodeURIComponent(text)}/${act}`, {
        token,
        body: {},
      });
      expect([status, body.code, body.detail]).toEqual([404, 'NOT_FOUND', NOT_A_TICKET_CODE]);
    }
    const picture = await shop.call<DoorAnswer>('GET', `/tickets/${encodeURIComponent(text)}/qr.svg`);
    expect([picture.status, picture.body.detail]).toEqual([404, NOT_A_TICKET_CODE]);
  });

  test.each([
    '/tickets//check-in',
    '/tickets/https://shop.example/t/1',
    '/tickets/a/b/check-in',
    '/tickets/nonsense',
    '/tickets/100%/check-in',
    '/tickets/%ff%fe',
  ])('is said to be none in a path that nobody encoded: %s', async (path) => {
    const { status, body } = await shop.call<DoorAnswer>('POST', path, { token: shop.token('organizer') });
    expect([status, body.code, body.detail]).toEqual([404, 'NOT_FOUND', NOT_A_TICKET_CODE]);
  });

  test.each([`/tickets/${'0'.repeat(26)}`, `/tickets/${'0'.repeat(26)}/nonsense`, '/tickets', '/tickets/', '/nowhere'])(
    'is not what is wrong with %s',
    async (path) => {
      const { status, body } = await shop.call<DoorAnswer>('POST', path, { token: shop.token('organizer') });
      expect([status, body.detail]).toEqual([404, 'There is nothing at this address.']);
    },
  );

  test('a code that no ticket has is told from what is no code', async () => {
    const path = `/tickets/${'0'.repeat(26)}/check-in`;
    const { status, body } = await shop.call<DoorAnswer>('POST', path, { token: shop.token('organizer') });
    expect([status, body.detail]).toEqual([404, 'There is no ticket with this code.']);
  });
});
