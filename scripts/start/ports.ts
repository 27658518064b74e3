import type { AddressInfo } from 'node:net';
import { listen, listenFault, type ListenFault } from './listening.ts';

export interface Ports {
  gateway: number;
  events: number;
  orders: number;
  worker: number;
  stripe: number;
}

/** Of Kafka and Redis. */
export interface ServerPorts {
  kafka?: number | undefined;
  redis?: number | undefined;
}

/** The variable that changes each port. */
export const PORT_VARIABLES = {
  gateway: 'PORT',
  events: 'EVENTS_PORT',
  orders: 'ORDERS_PORT',
  worker: 'WORKER_PORT',
  stripe: 'STRIPE_PORT',
  kafka: 'KAFKA_PORT',
  redis: 'REDIS_PORT',
} as const satisfies Record<keyof Ports | keyof ServerPorts, string>;

/** Internal metrics listen this much above a service's port, as its own defaults do. */
const METRICS_OFFSET = 6_000;

/** Where a service that listens on `port` answers `GET /metrics`. */
export const metricsPort = (port: number): number => port + (port + METRICS_OFFSET <= 65_535 ? 1 : -1) * METRICS_OFFSET;

/** Where everything listens but the gateway, which HOST may put elsewhere. */
export const LOOPBACK = '127.0.0.1';

/**
 * One sentence for each port that cannot be listened on, or that two are to share; with the variable that changes it.
 * `host` is the gateway's.
 */
export async function portProblems(ports: Partial<Ports> & ServerPorts, host = LOOPBACK): Promise<string[]> {
  const problems: string[] = [];
  const seen = new Map<number, string>();
  for (const [name, port] of Object.entries(ports) as [keyof typeof PORT_VARIABLES, number][]) {
    const variable = PORT_VARIABLES[name];
    const other = seen.get(port);
    const fault = other ? undefined : await listenFault(port, name === 'gateway' ? host : LOOPBACK);
    if (other) problems.push(`${variable} and ${other} are both ${port}: set one of them to another port.`);
    else if (fault) problems.push(inWords(fault, port, variable));
    seen.set(port, variable);
  }
  return problems;
}

/** Ports below need rights that ordinary users do not have, on Linux if not set otherwise. */
const FIRST_UNPRIVILEGED = 1_024;

function inWords(fault: ListenFault, port: number, variable: string): string {
  switch (fault.kind) {
    case 'in-use':
      return `Port ${port} is in use: set another one with ${variable}=<port>.`;
    case 'not-allowed':
      return (
        `Port ${port} is not allowed to this user` +
        (port < FIRST_UNPRIVILEGED
          ? `: set one from ${FIRST_UNPRIVILEGED} on with ${variable}=<port>.`
          : `: set another one with ${variable}=<port>.`)
      );
    case 'not-here':
      return `HOST is ${fault.host}, which is not an address of this machine: set one that is, or 0.0.0.0 for all of them.`;
    case 'unknown-host':
      return `HOST is ${fault.host}, and there is no host of that name: set an address of this machine, or 0.0.0.0 for all.`;
    case 'other':
      return `Port ${port} cannot be listened on (${fault.message}): set another one with ${variable}=<port>.`;
  }
}

/** Ports that are free now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  // All are open at once, so that none is given twice.
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0, LOOPBACK)));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Whether nothing listens there. */
export async function isFree(port: number): Promise<boolean> {
  return (await listenFault(port, LOOPBACK)) === undefined;
}
