// Started by embedded-postgres.test.ts: owns a server until it is told to end, or killed.
import { startEmbeddedPostgres } from '../src/embedded-postgres.ts';

const [dataDir = '', persistent] = process.argv.slice(2);
const { url, pid } = await startEmbeddedPostgres({ dataDir, persistent: persistent === 'persistent' });
process.send?.({ url, pid });
// The channel to the test keeps this process alive: the server does not.
process.on('message', () => undefined);
