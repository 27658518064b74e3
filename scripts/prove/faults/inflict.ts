import { setTimeout as wait } from 'node:timers/promises';
import { present } from '@ticketing/service-kit/present';
import type { FragileShop } from '../shop/shop.ts';
import type { Disturbance } from '../checker/world.ts';
import { describeFault, type Fault, type PlannedFault, type Targets } from './schedule.ts';

export interface Inflicting {
  /** Faults that happened, by kind. */
  counts: () => Record<string, number>;
  /** When something was dead, cut off or slow: what was begun then may have been begun again. */
  disturbances: () => Disturbance[];
  /** Settles when the last fault is over. */
  done: Promise<void>;
}

/** After these, nobody can know whether what was under way is done. */
const DISTURBING: Fault['kind'][] = ['kill', 'cut', 'break', 'slow', 'crash'];

/** What of a shop can be broken. */
export function targetsOf({ replicas, links, kafka, redis }: FragileShop): Targets {
  return {
    replicas: replicas.map(({ name }) => name),
    links: [...links.keys()],
    servers: ['postgres', ...(kafka ? (['kafka'] as const) : []), ...(redis ? (['redis'] as const) : [])],
  };
}

/** Lets the planned faults happen at their times. One whose target is down already is left out. */
export function inflict(
  shop: FragileShop,
  planned: PlannedFault[],
  { say, signal }: { say: (line: string) => void; signal: AbortSignal },
): Inflicting {
  const counts: Record<string, number> = {};
  const disturbances: Disturbance[] = [];
  const busy = new Set<string>();
  const started = performance.now();
  const happen = async ({ atMs, fault }: PlannedFault) => {
    await wait(Math.max(0, started + atMs - performance.now()), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const target = targetOf(fault);
    if (target !== undefined && busy.has(target)) return;
    if (target !== undefined) busy.add(target);
    counts[fault.kind] = (counts[fault.kind] ?? 0) + 1;
    say(describeFault(fault));
    const disturbance = { fromMs: Date.now(), toMs: Infinity };
    if (DISTURBING.includes(fault.kind)) disturbances.push(disturbance);
    await carryOut(shop, fault, signal);
    disturbance.toMs = Date.now();
    if (target !== undefined) busy.delete(target);
  };
  return {
    counts: () => counts,
    disturbances: () => disturbances,
    done: Promise.all(planned.map(happen)).then(() => undefined),
  };
}

/** Ends whatever is still wrong: all is up, connected and quick, and Stripe delivers as it should. */
export async function mendAll(shop: FragileShop): Promise<void> {
  for (const link of shop.links.values()) link.restore();
  shop.stripe.stopFailing();
  shop.stripe.changeDelivery({ copies: 1, delayMs: 0, shuffle: false, dropRate: 0, paused: false });
  await Promise.all(shop.replicas.map(({ start }) => start()));
}

function targetOf(fault: Fault): string | undefined {
  if ('replica' in fault) return fault.replica;
  if ('link' in fault) return fault.link;
  if (fault.kind === 'crash') return fault.server;
  return fault.kind === 'deliver' ? 'deliveries' : undefined;
}

async function carryOut(shop: FragileShop, fault: Fault, signal: AbortSignal): Promise<void> {
  const { stripe } = shop;
  const last = (ms: number) => wait(ms, undefined, { signal }).catch(() => undefined);
  switch (fault.kind) {
    case 'kill':
    case 'leave': {
      const replica = present(shop.replicas.find(({ name }) => name === fault.replica));
      await replica.kill(fault.kind === 'kill' ? 'SIGKILL' : 'SIGTERM');
      await last(fault.forMs);
      await replica.start();
      return;
    }
    case 'cut':
    case 'slow': {
      const link = present(shop.links.get(fault.link));
      if (fault.kind === 'cut') link.cut();
      else link.slow(fault.delayMs);
      await last(fault.forMs);
      link.restore();
      return;
    }
    case 'break':
      present(shop.links.get(fault.link)).breakConnections();
      return;
    case 'crash': {
      const server = present(shop[fault.server]);
      await server.crash();
      await last(fault.forMs);
      await server.restart();
      return;
    }
    case 'flush':
      // While it is down there is nothing to empty.
      await shop.redis?.flush().catch(() => undefined);
      return;
    case 'deliver': {
      const { copies, delayMs, shuffleMs, dropRate, paused } = fault;
      stripe.changeDelivery({ copies, delayMs, shuffle: true, shuffleMs, dropRate, paused });
      if (!paused) return;
      await last(fault.forMs);
      stripe.changeDelivery({ paused: false });
      return;
    }
    case 'stripe-fails': {
      const { status, executed, timeoutMs, times } = fault;
      stripe.failNext({ path: '/v1/', status, executed, timeoutMs, times });
    }
  }
}
