import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';

const TIMEOUT_MS = 5_000;

/**
 * Sends PING to the Redis that a URL names, with its password if it has one.
 *
 * @throws when what listens there does not answer as Redis, or not in time.
 */
export async function probeRedis(url: string): Promise<void> {
  const { hostname: host, port, username, password, protocol } = new URL(url);
  const target = { host, port: Number(port || 6379), timeout: TIMEOUT_MS };
  const socket = protocol === 'rediss:' ? connectTls({ ...target, servername: host }) : connectPlain(target);
  const login = password ? command('AUTH', ...(username ? [username] : []), decodeURIComponent(password)) : '';
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('Redis closed the connection')));
      socket.once('timeout', () => reject(new Error('Redis did not answer in time')));
      let answer = '';
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString();
        if (answer.includes('+PONG')) resolve();
        else if (answer.startsWith('-')) reject(new Error(`Redis refused: ${answer.trim()}`));
      });
      socket.write(`${login}${command('PING')}`);
    });
  } finally {
    socket.destroy();
  }
}

/** https://redis.io/docs/latest/develop/reference/protocol-spec/ */
function command(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
