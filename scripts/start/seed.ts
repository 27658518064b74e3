import { Session } from '@ticketing/types/account';
import { EventSummary } from '@ticketing/types/event';
import { z } from 'zod';
import { call, type Answer } from '../run/http-call.ts';
import { DEMO_ACCOUNTS, demoEvents } from './demo-data.ts';

export interface Seeded {
  /** How many events were added: none when there still are some to come. */
  eventsAdded: number;
  /** One to try a purchase with: on sale, and not free. */
  sample: { title: string; eventId: string; ticketTypeId: string };
}

/** Runs `pnpm admin …` on the shop's database. */
export type Admin = (args: string[], input?: string) => Promise<void>;

/**
 * Makes the demo accounts and events through the same HTTP API that everyone uses. Nothing is made twice; when all
 * demo events are over, there are new ones.
 * @param admin makes the organizer, where one who registers may have to be approved
 */
export async function seed(url: string, password: string, admin?: Admin): Promise<Seeded> {
  const { organizer, customer } = DEMO_ACCOUNTS;
  const [session] = await Promise.all([
    admin ? signInOrganizer(url, { ...organizer, password }, admin) : signIn(url, { ...organizer, password }),
    signIn(url, { ...customer, password }),
  ]);
  const existing = await eventsOf(url, session.user.id);
  if (existing.length > 0) return { eventsAdded: 0, sample: sampleOf(existing) };
  const added: EventSummary[] = [];
  for (const event of demoEvents(new Date())) {
    const answer = await call(`${url}/events`, { body: event, token: session.accessToken });
    if (answer.status !== 201) throw unexpected('POST /events', answer);
    added.push(EventSummary.parse(answer.body));
  }
  return { eventsAdded: added.length, sample: sampleOf(added) };
}

/** Bound on the pages that are searched for demo events. */
const MAX_PAGES = 20;

async function eventsOf(url: string, organizerId: string): Promise<EventSummary[]> {
  const found: EventSummary[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await call(`${url}/events?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    if (answer.status !== 200) throw unexpected('GET /events', answer);
    const { items, nextCursor } = Page.parse(answer.body);
    found.push(...items.filter((event) => event.organizerId === organizerId));
    cursor = nextCursor;
    if (!cursor) break;
  }
  return found;
}

const Page = z.object({ items: z.array(EventSummary), nextCursor: z.string().nullable() });

type Account = (typeof DEMO_ACCOUNTS)['organizer' | 'customer'] & { password: string };

async function signInOrganizer(url: string, account: Account, admin: Admin): Promise<Session> {
  const known = await login(url, account);
  if (known && known.user.approval === undefined) return known;
  const { email, name, password } = account;
  if (known) await admin(['approve', email]);
  else await admin(['create', email, '--organizer', '--name', name], `${password}\n`);
  return signIn(url, account);
}

async function signIn(url: string, account: Account): Promise<Session> {
  const known = await login(url, account);
  if (known) return known;
  const register = await call(`${url}/auth/register`, { body: account });
  if (register.status !== 201) throw unexpected(`POST /auth/register for ${account.email}`, register);
  return Session.parse(register.body);
}

async function login(url: string, { email, password }: Account): Promise<Session | undefined> {
  const answer = await call(`${url}/auth/login`, { body: { email, password } });
  return answer.status === 200 ? Session.parse(answer.body) : undefined;
}

function sampleOf(events: EventSummary[]): Seeded['sample'] {
  const all = events.flatMap((event) => event.ticketTypes.map((type) => ({ event, type })));
  const { event, type } = all.find((candidate) => candidate.type.price > 0) ?? all[0] ?? {};
  if (!event || !type) throw new Error('There is no demo event with a ticket type.');
  return { title: `${event.title}, ${type.name}`, eventId: event.id, ticketTypeId: type.id };
}

const unexpected = (what: string, { status, body }: Answer): Error =>
  new Error(`Demo data: ${what} answered ${status} ${JSON.stringify(body)}`);
