import { readdir, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { provideKafka } from '../src/kafka.ts';
import { probeBroker } from '../src/local-kafka/probe.ts';
import { startLocalKafka } from '../src/local-kafka.ts';
import { waitUntil } from '../src/wait-until.ts';
import { environment, folder, isRunning, ownedElsewhere } from './local-server-setup.ts';

/** Generous: the first time, Kafka is fetched. */
const TIMEOUT_MS = 180_000;

test(
  'a persistent broker is crashed and restarted on its port, and started again on its data',
  { timeout: TIMEOUT_MS },
  async () => {
    const dataDir = join(await folder(), 'kafka');
    const broker = await startLocalKafka({ dataDir, persistent: true });
    onTestFinished(() => broker.stop());
    const { pid, exited } = broker;
    await probeBroker(broker.brokers);
    // Signal 0 to a negative pid asks whether there is a process group of that number: out of reach of Ctrl-C.
    expect(process.kill(-pid, 0)).toBe(true);
    await broker.crash();
    await exited;
    expect(isRunning(pid)).toBe(false);
    await expect(probeBroker(broker.brokers)).rejects.toThrow();
    await broker.restart();
    expect(broker.pid).not.toBe(pid);
    await probeBroker(broker.brokers);
    await broker.stop();
    await broker.stop();
    expect(isRunning(broker.pid)).toBe(false);
    const identity = () => readFile(join(dataDir, 'log', 'meta.properties'), 'utf8');
    const before = await identity();
    const again = await startLocalKafka({ dataDir, persistent: true });
    onTestFinished(() => again.stop());
    await probeBroker(again.brokers);
    expect(await identity()).toBe(before);
  },
);

test(
  'a temporary broker goes with the process that owns it, and so does its data',
  { timeout: TIMEOUT_MS },
  async () => {
    const home = await folder();
    const { owner, pid } = await ownedElsewhere('kafka', join(home, 'kafka'), 'temporary');
    owner.kill('SIGKILL');
    await waitUntil('the broker to end', () => !isRunning(pid), { timeoutMs: 20_000 });
    await waitUntil('its data to go', async () => (await readdir(home)).length === 0);
  },
);

test('a broker left over on the folder is stopped before another is started', { timeout: TIMEOUT_MS }, async () => {
  const dataDir = join(await folder(), 'kafka');
  const { pid } = await ownedElsewhere('kafka', dataDir, 'persistent');
  const broker = await startLocalKafka({ dataDir, persistent: false });
  expect(isRunning(pid)).toBe(false);
  await broker.stop();
  await expect(readdir(dataDir)).rejects.toThrow('ENOENT');
});

test(
  'a port that is taken is told, with what the broker said, and nothing is left',
  { timeout: TIMEOUT_MS },
  async () => {
    const home = await folder();
    const other = createServer();
    onTestFinished(() => void other.close());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const start = startLocalKafka({ dataDir: join(home, 'kafka'), persistent: false, port });
    await expect(start).rejects.toThrow(/Kafka did not start.*Address already in use/s);
    expect(await readdir(home)).toEqual([]);
  },
);

test('without Java, or Maven the first time, one sentence says what is missing and how to get it', async () => {
  const dataDir = join(await folder(), 'kafka');
  environment({ JAVA_HOME: undefined, PATH: '/nowhere' });
  await expect(startLocalKafka({ dataDir, persistent: false })).rejects.toThrow(
    /^A local Kafka needs Java 17 or newer, and there is none\. .*apt-get install.*KAFKA_BROKERS/,
  );
});

test('a Kafka that was asked for and does not answer is an error with the way out', async () => {
  environment({ TEST_KAFKA_BROKERS: '127.0.0.1:1' });
  await expect(provideKafka()).rejects.toThrow('TEST_KAFKA_BROKERS does not answer; unset it');
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  environment({ TEST_KAFKA_BROKERS: `127.0.0.1:${(server.address() as AddressInfo).port}` });
  await expect(provideKafka()).rejects.toThrow('TEST_KAFKA_BROKERS does not answer; unset it');
});
