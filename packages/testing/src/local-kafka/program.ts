import { randomBytes } from 'node:crypto';
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from '../local-server/launch.ts';
import { holdsTopics } from './existing-data.ts';
import type { Java } from './java.ts';

/** Ten times what it takes on two busy cores, recovery after a crash included. */
const START_TIMEOUT_MS = 90_000;

/** All that starting a broker takes. */
export interface Distribution {
  java: Java;
  /** The jars, in an order that stays: Java refuses the class archive for any other. */
  classPath: string;
  /** A freshly formatted log folder, to copy: formatting takes a Java process of its own, two seconds. */
  formatted: string;
  /** Classes as Java keeps them in memory; halves the start. Undefined when making it failed. */
  classArchive: string | undefined;
}

interface Ports {
  port: number;
  controllerPort: number;
  /** Where clients are told to connect: a proxy in front of the broker; its own port when not given. */
  advertisedPort?: number | undefined;
}

/**
 * Writes settings, and the formatted log folder unless there is one, into a broker's folder.
 *
 * @throws {DataError} when the log folder holds something else.
 */
export async function prepareFolder({
  dataDir,
  formatted,
  ...ports
}: Ports & { dataDir: string; formatted: string }): Promise<void> {
  const logDir = join(dataDir, 'log');
  if (!(await holdsTopics(logDir))) {
    // Made under another name, so that what a killed run left half-made is known as that, and may go.
    const half = `${logDir}.unfinished`;
    await rm(half, { recursive: true, force: true });
    await cp(formatted, half, { recursive: true });
    const file = join(half, 'meta.properties');
    const ownIds = (await readFile(file, 'utf8')).replaceAll(/^(cluster|directory)\.id=.*$/gm, `$1.id=${newId()}`);
    await writeFile(file, ownIds);
    await rename(half, logDir);
  }
  await writeFile(join(dataDir, 'server.properties'), serverProperties({ logDir, ...ports }));
  await writeFile(join(dataDir, 'log4j2.xml'), logSettings(dataDir));
}

interface BrokerOptions {
  dataDir: string;
  /** Compile once and quickly: starts in half the time, and takes a fifth less when it has run for long. */
  isShortLived: boolean;
  flags?: string[];
  onLog?: ((line: string) => void) | undefined;
}

/** How to run the broker of a prepared folder. */
export function brokerProgram(
  { java, classPath, classArchive }: Distribution,
  { dataDir, isShortLived, flags = [], onLog }: BrokerOptions,
): Program {
  const args = [
    ...['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC'],
    ...(isShortLived ? ['-XX:TieredStopAtLevel=1'] : []),
    ...(classArchive === undefined ? [] : [`-XX:SharedArchiveFile=${classArchive}`]),
    ...flags,
    `-Dlog4j2.configurationFile=${join(dataDir, 'log4j2.xml')}`,
    ...['-cp', classPath, 'kafka.Kafka', join(dataDir, 'server.properties')],
  ];
  const isReady = (line: string) => line.includes('Kafka Server started');
  return { name: 'Kafka', command: java.command, args, dataDir, isReady, startTimeoutMs: START_TIMEOUT_MS, onLog };
}

/**
 * One node that is broker and controller. Whatever Kafka would keep three times it keeps once, groups form without the
 * wait for further members, and what is sized for big machines is small. After a crash, a broker may only come back when
 * its old session is over: that is short, too.
 */
export function serverProperties({
  logDir,
  port,
  controllerPort,
  advertisedPort = port,
}: Ports & { logDir: string }): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${advertisedPort}
controller.listener.names=CONTROLLER
log.dirs=${logDir}
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
log.cleaner.dedupe.buffer.size=8388608
num.network.threads=2
num.io.threads=4
`;
}

/** Everything goes to a file that is bounded; warnings, and that the broker is ready, to its output as well. */
function logSettings(dataDir: string): string {
  return `<Configuration status="ERROR" shutdownHook="disable">
  <Appenders>
    <Console name="out"><PatternLayout pattern="%p %m (%c)%n%throwable{short.message}"/></Console>
    <RollingFile name="file" fileName="${dataDir}/broker.log" filePattern="${dataDir}/broker.%i.log">
      <PatternLayout pattern="%d{ISO8601} %p %m (%c)%n"/>
      <Policies><SizeBasedTriggeringPolicy size="10MB"/></Policies>
      <DefaultRolloverStrategy max="2"/>
    </RollingFile>
  </Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="file"/><AppenderRef ref="out" level="WARN"/></Root>
    <Logger name="kafka.server.KafkaRaftServer" level="INFO"><AppenderRef ref="out" level="INFO"/></Logger>
  </Loggers>
</Configuration>
`;
}

/** As Kafka makes its ids: 16 random bytes, base64url. One that begins with a dash would look like an option. */
function newId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newId() : id;
}
