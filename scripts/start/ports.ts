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

/** Where each service answers `GET /metrics`. */
export type MetricsPorts = Omit<Ports, 'stripe'>;

/** The variable that changes each port of those that people call, and of the servers. */
export const PORT_VARIABLES = {
  gateway: 'PORT',
  events: 'EVENTS_PORT',
  orders: 'ORDERS_PORT',
  worker: 'WORKER_PORT',
  stripe: 'STRIPE_PORT',
  kafka: 'KAFKA_PORT',
  redis: 'REDIS_PORT',
} as const satisfies Record<keyof Ports | keyof ServerPorts, string>;

/** The variable that changes each port of metrics. */
export const METRICS_PORT_VARIABLES = {
  gateway: 'METRICS_PORT',
  events: 'EVENTS_METRICS_PORT',
  orders: 'ORDERS_METRICS_PORT',
  worker: 'WORKER_METRICS_PORT',
} as const satisfies Record<keyof MetricsPorts, string>;

/** Internal metrics listen this much above a service's port, as its own defaults do. */
const METRICS_OFFSET = 6_000;

/** Where a service that listens on `port` answers `GET /metrics` unless a variable says otherwise. */
export const metricsPort = (port: number): number => port + (port + METRICS_OFFSET <= 65_535 ? 1 : -1) * METRICS_OFFSET;

/** Where everything listens but the gateway, which HOST may put elsewhere. */
export const LOOPBACK = '127.0.0.1';

export interface Listening {
  /** Of the gateway's port. */
  host?: string | undefined;
  metricsPorts?: Partial<MetricsPorts>;
}

/** One sentence for each port that cannot be listened on, or that two are to share; with the variable that changes it. */
export async function portProblems(
  ports: Partial<Ports> & ServerPorts,
  { host = LOOPBACK, metricsPorts = {} }: Listening = {},
): Promise<string[]> {
  const problems: string[] = [];
  const seen = new Map<number, string>();
  for (const [variable, port] of [
    ...byVariable(ports, PORT_VARIABLES),
    ...byVariable(metricsPorts, METRICS_PORT_VARIABLES),
  ]) {
    const other = seen.get(port);
    const fault = other ? undefined : await listenFault(port, variable === PORT_VARIABLES.gateway ? host : LOOPBACK);
    if (other) problems.push(`${variable} and ${other} are both ${port}: set one of them to another port.`);
    else if (fault) problems.push(inWords(fault, port, variable));
    seen.set(port, variable);
  }
  return problems;
}

function byVariable<Name extends string>(
  ports: Partial<Record<Name, number | undefined>>,
  variables: Record<Name, string>,
): [string, number][] {
  return (Object.entries(ports) as [Name, number][]).map(([name, port]) => [variables[name], port]);
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
