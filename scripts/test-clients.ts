// `npm run test:clients`: makes clients of the API reference with the generators that people use, and compiles them.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allOperations } from '@ticketing/gateway/src/docs.ts';
import { describeApi } from '@ticketing/gateway/src/openapi.ts';
import { hasProgram, type Client } from './clients/client.ts';
import { HELP } from './help/test-clients.mjs';
import { goByOapiCodegen, goByOpenapiGenerator } from './clients/go.ts';
import { python } from './clients/python.ts';
import { typescript } from './clients/typescript.ts';
import { EXIT_INTERRUPTED, Interrupted, interruption } from './run/interruption.ts';
import { createChecks } from './stack/checks.ts';

const CLIENTS: Client[] = [typescript, goByOapiCodegen, goByOpenapiGenerator, python];

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const signal = interruption();
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
  } catch (error) {
    if (error instanceof Interrupted || signal.aborted) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { passed, failed } = checks.count();
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

async function build(client: Client, document: string, folder: string, signal: AbortSignal): Promise<void> {
  await mkdir(folder);
  await client.build(document, folder, signal);
}

async function missingPrograms({ needs }: Client): Promise<string[]> {
  const found = await Promise.all(needs.map(hasProgram));
  return needs.filter((_name, index) => !found[index]);
}
