import { availableParallelism } from 'node:os';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import type { GateOptions } from './gate.ts';

/**
 * Argon2id, the package's default algorithm, with the OWASP Password Storage Cheat Sheet's first choice of parameters:
 * 19 MiB (given in KiB), two passes, one lane.
 */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * A hash takes 19 MiB and a core for some 20 ms, on Node's thread pool of four. So a storm of sign-ins is worked off as
 * fast as the cores can, and takes no more memory than this many hashes; 500 people who sign in at once all get in.
 */
export const HASHING_BOUNDS: GateOptions = {
  atOnce: Math.min(4, Math.max(2, availableParallelism())),
  maxWaiting: 1_000,
  maxWaitMs: 15_000,
};

/** The password's hash, in PHC string format. */
export function hashPassword(password: string): Promise<string> {
  return hash(bytes(password), COST);
}

/** Whether it is the password that was hashed, whatever the parameters were then. */
export function verifyPassword(passwordHash: string, password: string): Promise<boolean> {
  return verify(passwordHash, bytes(password));
}

/** Whether the hash was made with other parameters than are in use now. */
export function isOutdated(passwordHash: string): boolean {
  const made = parseOptions(passwordHash);
  return (['memoryCost', 'timeCost', 'parallelism'] as const).some((name) => made[name] !== COST[name]);
}

/** Keyboards differ in how they write the same character (NIST SP 800-63B section 3.1.1.2). */
function bytes(password: string): Buffer {
  return Buffer.from(password.normalize('NFKC'));
}
