import type { Random } from '../random.ts';

/** Something that goes wrong, and for how long. */
export type Fault =
  /** `kill -9`. */
  | { kind: 'kill'; replica: string; forMs: number }
  /** Asked to end, as when there are fewer replicas for a while. */
  | { kind: 'leave'; replica: string; forMs: number }
  | { kind: 'cut'; link: string; forMs: number }
  /** Every connection breaks once. */
  | { kind: 'break'; link: string }
  | { kind: 'slow'; link: string; delayMs: number; forMs: number }
  | { kind: 'crash'; server: Server; forMs: number }
  | { kind: 'flush' }
  /** How Stripe's webhooks travel from now on; or that none do, for a while. */
  | {
      kind: 'deliver';
      copies: number;
      delayMs: number;
      shuffleMs: number;
      dropRate: number;
      paused: boolean;
      forMs: number;
    }
  /** What Stripe's API answers to the next calls: an error, in spite of having done it or not; or nothing for long. */
  | {
      kind: 'stripe-fails';
      status: number | undefined;
      executed: boolean;
      timeoutMs: number | undefined;
      times: number;
    };

export type Server = 'postgres' | 'kafka' | 'redis';

export interface PlannedFault {
  atMs: number;
  fault: Fault;
}

/** What there is to break. */
export interface Targets {
  replicas: string[];
  links: string[];
  servers: Server[];
}

/** How often each kind is in the deck from which faults are dealt, so that a short run sees nearly every kind. */
const DECK: Record<Fault['kind'], number> = {
  kill: 5,
  leave: 2,
  cut: 3,
  break: 2,
  slow: 2,
  crash: 3,
  flush: 1,
  deliver: 3,
  'stripe-fails': 2,
};
const MEAN_GAP_MS = 1_600;
/** No fault begins before this share of the time, so that there is something to break; nor after the other. */
const FIRST_SHARE = 0.06;
const LAST_SHARE = 0.92;

/** Deals faults over a time. The same seed and targets give the same schedule. */
export function planFaults(random: Random, durationMs: number, targets: Targets): PlannedFault[] {
  const planned: PlannedFault[] = [];
  let deck: Fault['kind'][] = [];
  const servers = [...targets.servers].sort(() => random.next() - 0.5);
  const deal = (): Fault | undefined => {
    if (deck.length === 0) deck = shuffled(random, cards());
    const kind = deck.pop();
    if (kind === undefined) return undefined;
    const server = kind === 'crash' ? servers.shift() : undefined;
    if (server !== undefined) servers.push(server);
    return draw(random, kind, targets, server);
  };
  let atMs = durationMs * FIRST_SHARE;
  while (atMs < durationMs * LAST_SHARE) {
    const fault = deal();
    if (fault) planned.push({ atMs: Math.round(atMs), fault });
    atMs += -Math.log(1 - random.next()) * MEAN_GAP_MS;
  }
  return planned;
}

function cards(): Fault['kind'][] {
  return (Object.keys(DECK) as Fault['kind'][]).flatMap((kind) => Array.from({ length: DECK[kind] }, () => kind));
}

function shuffled<Item>(random: Random, items: Item[]): Item[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function draw(
  random: Random,
  kind: Fault['kind'],
  { replicas, links, servers }: Targets,
  server: Server | undefined,
): Fault | undefined {
  switch (kind) {
    case 'kill':
      return { kind, replica: random.pick(replicas), forMs: random.between(0, 2_500) };
    case 'leave':
      return { kind, replica: random.pick(replicas), forMs: random.between(500, 4_000) };
    case 'cut':
      return { kind, link: random.pick(links), forMs: random.between(300, 4_000) };
    case 'break':
      return { kind, link: random.pick(links) };
    case 'slow':
      return { kind, link: random.pick(links), delayMs: random.between(20, 400), forMs: random.between(1_000, 5_000) };
    case 'crash':
      return server && { kind, server, forMs: random.between(0, 1_500) };
    case 'flush':
      return servers.includes('redis') ? { kind } : undefined;
    case 'deliver':
      return {
        kind,
        copies: random.between(1, 3),
        delayMs: random.chance(0.4) ? random.between(200, 4_000) : 0,
        shuffleMs: random.between(50, 3_000),
        dropRate: random.chance(0.5) ? random.next() * 0.4 : 0,
        paused: random.chance(0.2),
        forMs: random.between(500, 4_000),
      };
    case 'stripe-fails': {
      const isSilent = random.chance(0.3);
      return {
        kind,
        status: isSilent ? undefined : random.pick([429, 500, 503]),
        executed: random.chance(0.5),
        timeoutMs: isSilent ? random.between(500, 12_000) : undefined,
        times: random.between(1, 8),
      };
    }
  }
}

/** In words, for whoever looks on. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
      return `kill -9 ${fault.replica}, back after ${seconds(fault.forMs)}`;
    case 'leave':
      return `${fault.replica} leaves, back after ${seconds(fault.forMs)}`;
    case 'cut':
      return `${fault.link} cut for ${seconds(fault.forMs)}`;
    case 'break':
      return `${fault.link}: every connection broken`;
    case 'slow':
      return `${fault.link} slowed by ${fault.delayMs} ms for ${seconds(fault.forMs)}`;
    case 'crash':
      return `${fault.server} crashes, started again after ${seconds(fault.forMs)}`;
    case 'flush':
      return 'Redis emptied';
    case 'deliver':
      return fault.paused
        ? `Stripe's webhooks are held back for ${seconds(fault.forMs)}`
        : `Stripe's webhooks: ${fault.copies} times each, up to ${seconds(fault.delayMs + fault.shuffleMs)} late and out of ` +
            `order, ${Math.round(fault.dropRate * 100)} % lost on the way`;
    case 'stripe-fails': {
      const calls = `the next ${fault.times} calls of Stripe`;
      if (fault.status === undefined) return `${calls} take ${seconds(fault.timeoutMs ?? 0)}`;
      return `${calls} answer ${fault.status}${fault.executed && fault.status !== 429 ? ', though they are done' : ''}`;
    }
  }
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
