// Started by tests: owns a local server until it is told to end, or killed.
import { startLocalKafka } from '../src/local-kafka.ts';
import { startLocalRedis } from '../src/local-redis.ts';

const [what, dataDir = '', persistent] = process.argv.slice(2);
const start = what === 'kafka' ? startLocalKafka : startLocalRedis;
const { pid } = await start({ dataDir, persistent: persistent === 'persistent' });
process.send?.({ pid });
// The channel to the test keeps this process alive: the server does not.
process.on('message', () => undefined);
