import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runIn, type Client } from './client.ts';

const REQUIREMENTS = ['openapi-python-client==0.29.1', 'mypy==2.4.1'];

export const python: Client = {
  name: 'Python, by openapi-python-client',
  needs: ['python3'],
  build: async (document, folder, signal) => {
    const environment = join(folder, 'environment');
    const program = (name: string) => join(environment, 'bin', name);
    await runIn(folder, ['python3', '-m', 'venv', environment], { signal });
    await runIn(folder, [program('pip'), 'install', '--quiet', ...REQUIREMENTS], { signal });
    const source = join(folder, 'source');
    await mkdir(source);
    const options = ['--meta', 'none', '--output-path', join(source, 'ticketing')];
    const said = await runIn(folder, [program('openapi-python-client'), 'generate', '--path', document, ...options], {
      signal,
    });
    if (/omitted|unable to parse/i.test(said)) throw new Error(`The client lacks something:\n${said}`);
    await writeFile(join(source, 'usage.py'), USAGE);
    await runIn(source, [program('mypy'), '--strict', '--follow-imports=silent', 'usage.py'], { signal });
  },
};

const USAGE = `from datetime import datetime, timezone

from ticketing import AuthenticatedClient, Client
from ticketing.api.events import create_event
from ticketing.api.tickets import read_ticket_qr
from ticketing.models import CreateEventRequest, CreateTicketTypeRequest, EventDetails, Problem

event = CreateEventRequest(
    title="Night of the Proms",
    venue="Musikverein, Vienna",
    starts_at=datetime(2031, 6, 12, 18, tzinfo=timezone.utc),
    ends_at=datetime(2031, 6, 12, 20, 30, tzinfo=timezone.utc),
    currency="EUR",
    ticket_types=[CreateTicketTypeRequest(name="Standing", price=4500, capacity=500)],
)


def publish(token: str) -> EventDetails | Problem | None:
    client = AuthenticatedClient(base_url="http://localhost:3000", token=token)
    return create_event.sync(client=client, body=event)


def qr_code(code: str) -> str | Problem | None:
    return read_ticket_qr.sync(code, client=Client(base_url="http://localhost:3000"))
`;
