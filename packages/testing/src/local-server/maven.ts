import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';

const run = promisify(execFile);

/** Name and exact version of something in a Maven repository. */
export interface Artifact {
  group: string;
  name: string;
  version: string;
}

const FETCH_TIMEOUT_MS = 5 * 60_000;
const CONNECT_TIMEOUT_MS = 5_000;

const SHOWN_LINES = 5;
/** What Maven adds to every error. */
const ADVICE = /^\[ERROR\] *($|To see the full|Re-run Maven|For more information|\[Help \d\])/;

/** Whether there is a Maven on PATH. */
export async function hasMaven(): Promise<boolean> {
  return run('mvn', ['--version']).then(
    () => true,
    () => false,
  );
}

/**
 * Fetches the artifacts and all that they need at run time into a folder, as jars. Maven reads the user's own settings
 * (mirrors, proxies), and checks what it fetches against the repository's checksums.
 *
 * @throws with Maven's own words when it fails.
 */
export async function fetchJars(artifacts: Artifact[], folder: string): Promise<void> {
  const project = await mkdtemp(join(tmpdir(), 'ticketing-maven-'));
  try {
    await writeFile(join(project, 'pom.xml'), projectWith(artifacts));
    const options = ['-DincludeScope=runtime', `-DoutputDirectory=${folder}`];
    await maven(['dependency:copy-dependencies', ...options], project);
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}

/** Unpacks the files of an artifact whose names fit `pattern` (`*` is anything) into a folder. Throws as `fetchJars`. */
export async function unpackFromJar({ group, name, version }: Artifact, pattern: string, folder: string) {
  const options = [
    `-Dartifact=${group}:${name}:${version}`,
    `-DoutputDirectory=${folder}`,
    `-Dmdep.unpack.includes=${pattern}`,
  ];
  // The plugin keeps marks of what it unpacked below the working folder.
  const project = await mkdtemp(join(tmpdir(), 'ticketing-maven-'));
  try {
    await maven(['dependency:unpack', ...options], project);
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}

async function maven(args: string[], folder: string): Promise<void> {
  const flags = [
    '--batch-mode',
    '--quiet',
    '--strict-checksums',
    `-Daether.connector.connectTimeout=${CONNECT_TIMEOUT_MS}`,
  ];
  try {
    await run('mvn', [...flags, ...args], { cwd: folder, timeout: FETCH_TIMEOUT_MS });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    const said = stripVTControlCharacters(`${stdout}${stderr}`)
      .split('\n')
      .filter((line) => line.trim() !== '' && !ADVICE.test(line));
    throw new Error(
      'Maven could not fetch what is missing. Can it reach its repository? (A mirror or a proxy belongs into ' +
        `~/.m2/settings.xml.) It said:\n${said.slice(0, SHOWN_LINES).join('\n')}`,
      { cause },
    );
  }
}

function projectWith(artifacts: Artifact[]): string {
  const dependencies = artifacts.map(
    ({ group, name, version }) =>
      `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>ticketing</groupId><artifactId>local-server</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>${dependencies.join('')}</dependencies>
</project>
`;
}
