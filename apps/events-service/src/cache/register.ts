import { randomBytes } from 'node:crypto';
import { RedisAway, type BoundedRedis } from '@ticketing/service-kit/redis';

/**
 * The register of replicas that may serve copies of their own without asking Redis: one hash, with an id, a count of
 * writes, and for each replica the count as of its last renewal. It belongs to one Redis process; one that is gone, was
 * flushed or comes from a snapshot is replaced by a new one, which does not know who holds a lease under the old. So it is
 * not `settled` until every such lease must have run out.
 */
const REGISTER_KEY = 'events:leases';
/** When nobody renews any more it goes; a new one is not settled. */
const REGISTER_TTL_MS = 60_000;

/** As of when a lease was renewed. */
export interface Renewal {
  registerId: string;
  /** Writes that were announced so far. */
  writes: number;
}

/**
 * Enters a replica. `watchedId`: the register that it has seen for longer than any lease lasts, which settles it.
 * Throws RedisAway.
 */
export async function renewLease(redis: BoundedRedis, replicaId: string, watchedId = ''): Promise<Renewal> {
  const answer: unknown = await redis.ask((client) =>
    client.eval(RENEW, 1, REGISTER_KEY, newRegisterId(), REGISTER_TTL_MS, replicaId, watchedId),
  );
  const [registerId, writes] = texts(answer, 2);
  return { registerId: registerId ?? '', writes: Number(writes) };
}

/** Takes a replica out, which serves no copies any more. Throws RedisAway. */
export async function releaseLease(redis: BoundedRedis, replicaId: string): Promise<void> {
  await redis.ask((client) => client.hdel(REGISTER_KEY, `replica ${replicaId}`));
}

export interface Announced extends Renewal {
  isSettled: boolean;
  /** All that may hold a lease, but for the writer. */
  replicas: string[];
}

/** Deletes what a write has made untrue, counts the write, and tells every replica, all at once. Throws RedisAway. */
export async function announceWrite(
  redis: BoundedRedis,
  { replicaId, token, keys }: { replicaId: string; token: string; keys: { stamps: string[]; bodies: string[] } },
  timeoutMs: number,
): Promise<Announced> {
  const doomed = [...keys.stamps, ...keys.bodies];
  const answer: unknown = await redis.ask(
    (client) =>
      client.eval(
        ...[ANNOUNCE, 1 + doomed.length, REGISTER_KEY, ...doomed],
        ...[newRegisterId(), REGISTER_TTL_MS, replicaId, `${token} ${keys.stamps.join(' ')}`, LETTER_TTL_MS],
      ),
    { timeoutMs, evenIfSlow: true },
  );
  const [registerId, writes, settled, ...replicas] = texts(answer, 3);
  return { registerId: registerId ?? '', writes: Number(writes), isSettled: settled === '1', replicas };
}

/**
 * After waiting for longer than any lease lasts: takes out the replicas that have not renewed since the write, and
 * settles the register. Throws RedisAway.
 */
export async function forgetReplicas(
  redis: BoundedRedis,
  { registerId, writes }: Renewal,
  replicas: string[],
): Promise<void> {
  await redis.ask((client) => client.eval(FORGET, 1, REGISTER_KEY, registerId, writes, ...replicas));
}

/** Tells a writer that this replica has heard of its write. Throws RedisAway. */
export async function acknowledgeWrite(
  redis: BoundedRedis,
  { writerId, token, replicaId }: { writerId: string; token: string; replicaId: string },
): Promise<void> {
  const letter = `heard ${token} ${replicaId}`;
  await redis.ask((client) => client.eval(POST, 1, inboxKey(writerId), letter, LETTER_TTL_MS), { evenIfSlow: true });
}

/** The list of letters to a replica (`inbox.ts`). */
export const inboxKey = (replicaId: string) => `${INBOX}${replicaId}`;
const INBOX = 'events:inbox:';
/** Nobody waits for them for longer. */
const LETTER_TTL_MS = 5_000;

/** Names a replica or a write; no two are the same. */
export const newName = () => randomBytes(9).toString('base64url');
const newRegisterId = newName;

function texts(answer: unknown, atLeast: number): string[] {
  const isRight = Array.isArray(answer) && answer.length >= atLeast && answer.every((part) => typeof part === 'string');
  if (!isRight) throw new RedisAway('What answers is not Redis');
  return answer;
}

// The server says itself which process it is: what a client knows of it may be about the one before.
const OPEN_REGISTER = `
  local register = KEYS[1]
  local run = string.match(redis.call('info', 'server'), 'run_id:(%w+)')
  local known = redis.pcall('hget', register, 'run')
  if known ~= run then
    redis.call('del', register)
    redis.call('hset', register, 'run', run, 'id', ARGV[1], 'writes', '0')
  end
  redis.call('pexpire', register, ARGV[2])
  local id = redis.call('hget', register, 'id')`;

const RENEW = `${OPEN_REGISTER}
  local writes = redis.call('hget', register, 'writes')
  redis.call('hset', register, 'replica ' .. ARGV[3], writes)
  if id == ARGV[4] then
    redis.call('hset', register, 'settled', '1')
  end
  return { id, writes }`;

// Deleting comes first: it is allowed where memory is full, and after it the rest is, too.
const ANNOUNCE = `
  for index = 2, #KEYS do
    redis.call('del', KEYS[index])
  end
  ${OPEN_REGISTER}
  local writes = tostring(redis.call('hincrby', register, 'writes', 1))
  local letter = table.concat({ 'written', id, writes, ARGV[3], ARGV[4] }, ' ')
  local answer = { id, writes, redis.call('hget', register, 'settled') or '0' }
  for _, field in ipairs(redis.call('hkeys', register)) do
    local replica = string.match(field, '^replica (.+)$')
    if replica and replica ~= ARGV[3] then
      answer[#answer + 1] = replica
      redis.call('rpush', '${INBOX}' .. replica, letter)
      redis.call('pexpire', '${INBOX}' .. replica, ARGV[5])
    end
  end
  return answer`;

const POST = `
  redis.call('rpush', KEYS[1], ARGV[1])
  return redis.call('pexpire', KEYS[1], ARGV[2])`;

const FORGET = `
  local register = KEYS[1]
  if redis.call('hget', register, 'id') ~= ARGV[1] then
    return 0
  end
  for index = 3, #ARGV do
    local field = 'replica ' .. ARGV[index]
    local renewed = tonumber(redis.call('hget', register, field))
    if renewed and renewed < tonumber(ARGV[2]) then
      redis.call('hdel', register, field)
    end
  end
  return redis.call('hset', register, 'settled', '1')`;
