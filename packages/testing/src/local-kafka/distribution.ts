import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startWatchdog } from '../embedded-postgres/watchdog.ts';
import { cached, exists } from '../local-server/cache.ts';
import { freePorts } from '../local-server/free-ports.ts';
import { launchServer } from '../local-server/launch.ts';
import { fetchJars } from '../local-server/maven.ts';
import { findJava, requireMaven, type Java } from './java.ts';
import { brokerProgram, prepareFolder, serverProperties, type Distribution } from './program.ts';

const KAFKA = { group: 'org.apache.kafka', name: 'kafka_2.13', version: '4.3.1' };
const LOGGING = { group: 'org.apache.logging.log4j', name: 'log4j-slf4j-impl', version: '2.25.5' };

/**
 * Finds the broker in the user's cache, or fetches it through Maven into it (44 MB, once, up to a minute in all).
 *
 * @throws one sentence that says what is missing, and how to get it.
 */
export async function findDistribution(onStep: (what: string) => void = () => undefined): Promise<Distribution> {
  const java = await findJava();
  const folder = await cached(`kafka-${KAFKA.version}`, async (half) => {
    await requireMaven();
    onStep(`Fetching Kafka ${KAFKA.version} with Maven (44 MB, once)`);
    await fetchJars([KAFKA, LOGGING], join(half, 'lib'));
    await format(java, half);
  });
  const classPath = await jarsOf(folder);
  const formatted = join(folder, 'formatted');
  const classArchive = join(folder, `classes-${java.version}.jsa`);
  const distribution = { java, classPath, formatted, classArchive };
  if (await exists(classArchive)) return distribution;
  onStep('Preparing Kafka for faster starts (once)');
  const isMade = await makeClassArchive(distribution).catch(() => false);
  return isMade ? distribution : { ...distribution, classArchive: undefined };
}

async function jarsOf(folder: string): Promise<string> {
  const names = (await readdir(join(folder, 'lib'))).filter((name) => name.endsWith('.jar'));
  return names
    .sort()
    .map((name) => join(folder, 'lib', name))
    .join(':');
}

async function format({ command }: Java, folder: string): Promise<void> {
  const properties = join(folder, 'format.properties');
  await writeFile(properties, serverProperties({ logDir: join(folder, 'formatted'), port: 1, controllerPort: 2 }));
  // Replaced by one of its own in every data folder.
  const clusterId = 'AAAAAAAAAAAAAAAAAAAAAA';
  const tool = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties];
  await promisify(execFile)(command, ['-cp', await jarsOf(folder), ...tool]);
  await rm(properties);
}

/** Has a broker write down its classes when it ends: https://openjdk.org/jeps/350. */
async function makeClassArchive(distribution: Distribution & { classArchive: string }): Promise<boolean> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ticketing-kafka-'));
  const half = `${distribution.classArchive}.${process.pid}`;
  const watchdog = startWatchdog([dataDir, half]);
  try {
    const [port = 0, controllerPort = 0] = await freePorts(2);
    await prepareFolder({ dataDir, formatted: distribution.formatted, port, controllerPort });
    const flags = [`-XX:ArchiveClassesAtExit=${half}`];
    const program = brokerProgram({ ...distribution, classArchive: undefined }, { dataDir, isShortLived: true, flags });
    const broker = await launchServer(program, watchdog);
    await broker.end('clean');
    await rename(half, distribution.classArchive);
    return true;
  } finally {
    await rm(half, { force: true });
    await rm(dataDir, { recursive: true, force: true });
    await watchdog.release();
  }
}
