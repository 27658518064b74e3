// `npm run test:clients`: makes clients of the API reference with the generators that people use, and compiles them.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allOperations } from '@ticketing/gateway/src/docs.ts';
import { describeApi } from '@ticketing/gateway/src/openapi.ts';
import { parseCommandLine } from '@ticketing/service-kit/command-arguments';
import { runAsProcess, runCommand } from '@ticketing/service-kit/command-line';
import { EXIT } from '@ticketing/service-kit/exit-status';
import { hasProgram, type Client } from './clients/client.ts';
import { goByOapiCodegen, goByOpenapiGenerator } from './clients/go.ts';
import { python } from './clients/python.ts';
import { typescript } from './clients/typescript.ts';
import { HELP } from './help/test-clients.mjs';
import { interruptibly } from './run/interruption.ts';
import { createChecks } from './stack/checks.ts';

const CLIENTS: Client[] = [typescript, goByOapiCodegen, goByOpenapiGenerator, python];

await runAsProcess((args, output) => {
  const run = () => interruptibly(testClients);
  return runCommand({ name: 'npm run test:clients --', help: HELP, readArguments, run }, args, output);
});

function readArguments(args: string[]): object | 'help' {
  const { values } = parseCommandLine({ args, options: { help: { type: 'boolean', short: 'h' } } });
  return values.help ? 'help' : {};
}

async function testClients(signal: AbortSignal): Promise<number> {
  const checks = createChecks(signal);
  const folder = await mkdtemp(join(tmpdir(), 'ticketing-clients-'));
  try {
    const document = join(folder, 'openapi.json');
    await writeFile(document, JSON.stringify(describeApi(allOperations)));
    for (const [index, client] of CLIENTS.entries()) {
      const missing = await missingPrograms(client);
      if (missing.length > 0)
        console.log(`- ${client.name}: left out, since there is no ${missing.join(', no ')} here`);
      else await checks.check(client.name, () => build(client, document, join(folder, String(index)), signal));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { passed, failed } = checks.count();
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? EXIT.failed : EXIT.done;
}

async function build(client: Client, document: string, folder: string, signal: AbortSignal): Promise<void> {
  await mkdir(folder);
  await client.build(document, folder, signal);
}

async function missingPrograms({ needs }: Client): Promise<string[]> {
  const found = await Promise.all(needs.map(hasProgram));
  return needs.filter((_name, index) => !found[index]);
}
