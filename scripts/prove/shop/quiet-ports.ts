import { isFree, metricsPort } from '../../start/ports.ts';

/** Below what systems give to outgoing connections (from 32,768 on Linux), metrics' ports included. */
const LOWEST = 10_000;
const HIGHEST = 24_999;
const MAX_TRIES = 1_000;

/**
 * Different ports that are free now, with that for metrics of each. A server that is killed and started again would find an
 * ephemeral port taken by someone's connection before long; these are left alone.
 */
export async function quietPorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count && tries < MAX_TRIES; tries++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    const isTaken = ports.some((other) => [other, metricsPort(other)].includes(port) || metricsPort(port) === other);
    if (!isTaken && (await isFree(port)) && (await isFree(metricsPort(port)))) ports.push(port);
  }
  if (ports.length < count) throw new Error(`There are no ${count} free ports between ${LOWEST} and ${HIGHEST}.`);
  return ports;
}
