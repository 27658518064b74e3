import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { bin } from '../run/repository.ts';
import { runIn, type Client } from './client.ts';

/** Types by openapi-typescript, beside the browser's own, which have an Event, too. */
export const typescript: Client = {
  name: 'TypeScript, by openapi-typescript',
  needs: [],
  build: async (document, folder, signal) => {
    const types = await openapiTypescript(pathToFileURL(document));
    await writeFile(join(folder, 'api.ts'), astToString(types));
    await writeFile(join(folder, 'usage.ts'), USAGE);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS }));
    await runIn(folder, [bin('tsc')], { signal });
  },
};

const COMPILER_OPTIONS = {
  strict: true,
  noEmit: true,
  target: 'es2024',
  lib: ['es2024', 'dom'],
  types: [],
  module: 'nodenext',
  allowImportingTsExtensions: true,
};

/** Leaves out what has a default, as whoever writes a body does. */
const USAGE = `import type { components, operations } from './api.ts';

type Schemas = components['schemas'];

export const registration: Schemas['RegisterRequest'] = {
  email: 'ada@example.com',
  password: 'correct horse battery',
  name: 'Ada Lovelace',
};

export const event: Schemas['CreateEventRequest'] = {
  title: 'Night of the Proms',
  venue: 'Musikverein, Vienna',
  startsAt: '2031-06-12T20:00:00+02:00',
  endsAt: '2031-06-12T22:30:00+02:00',
  currency: 'EUR',
  ticketTypes: [{ name: 'Standing', price: 4500, capacity: 500 }],
};

export const cancellation: Schemas['CancelEventRequest'] = {};

export function order(of: Schemas['EventDetails']): Schemas['PlaceOrderRequest'] {
  return { eventId: of.id, lines: of.ticketTypes.map(({ id }) => ({ ticketTypeId: id, quantity: 2 })) };
}

export type QrCode = operations['readTicketQr']['responses'][200]['content']['image/svg+xml'];
export const qrCode: QrCode = '<svg/>';
`;
