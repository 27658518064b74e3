import { createServer, type Server } from 'node:net';

/** Why a port cannot be listened on. */
export type ListenFault =
  | { kind: 'in-use' | 'not-allowed' }
  /** The address is not one of this machine, or a name that leads to none. */
  | { kind: 'not-here' | 'unknown-host'; host: string }
  | { kind: 'other'; message: string };

/** Listens for a moment, to see whether that can be done; undefined if it can. */
export async function listenFault(port: number, host: string): Promise<ListenFault | undefined> {
  try {
    const server = await listen(port, host);
    await new Promise((resolve) => server.close(resolve));
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    switch (String(code)) {
      case 'EADDRINUSE':
        return { kind: 'in-use' };
      case 'EACCES':
      case 'EPERM':
        return { kind: 'not-allowed' };
      case 'EADDRNOTAVAIL':
      case 'EAFNOSUPPORT':
      case 'EINVAL':
        return { kind: 'not-here', host };
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
      case 'EAI_NONAME':
        return { kind: 'unknown-host', host };
      default:
        return { kind: 'other', message };
    }
  }
}

/** The server, listening. @throws what the system says */
export function listen(port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
