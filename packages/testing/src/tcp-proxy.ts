import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';

export interface TcpProxy {
  /** The first server's URL with this proxy's address in place of the server's. */
  url: string;
  port: number;
  /** Breaks every connection and refuses new ones, as a server that is gone. */
  cut: () => void;
  /** Breaks every connection; new ones go through. */
  breakConnections: () => void;
  /** Lets every piece of data wait this long in either direction, on connections old and new; 0: no longer. */
  slow: (delayMs: number) => void;
  /** Lets new connections through again, at full speed. */
  restore: () => void;
  close: () => Promise<void>;
}

/**
 * Puts a proxy in front of the servers that URLs name, for tests of what happens when they cannot be reached. With several,
 * each new connection goes to the next one that takes it.
 */
export async function startTcpProxy(target: string, ...others: string[]): Promise<TcpProxy> {
  const targets = [target, ...others].map((url) => new URL(url));
  const sockets = new Set<Socket>();
  let isCut = false;
  let delayMs = 0;
  let turn = 0;
  const track = (socket: Socket, closeOther: () => void) => {
    sockets.add(socket);
    socket.on('error', closeOther);
    socket.on('close', () => {
      sockets.delete(socket);
      closeOther();
    });
  };
  /** Connects to the next server that takes it. */
  const connectFrom = (turnOfClient: number, attempt: number, client: Socket) => {
    const { hostname, port } = targets[(turnOfClient + attempt) % targets.length] as URL;
    const upstream = connect({ host: hostname, port: Number(port) });
    upstream.once('error', () => {
      if (attempt + 1 < targets.length && !client.destroyed) connectFrom(turnOfClient, attempt + 1, client);
      else client.destroy();
    });
    upstream.once('connect', () => {
      upstream.removeAllListeners('error');
      track(upstream, () => client.destroy());
      if (client.destroyed) {
        upstream.destroy();
        return;
      }
      client.once('close', () => upstream.destroy());
      client.pipe(delaying(() => delayMs)).pipe(upstream);
      upstream.pipe(delaying(() => delayMs)).pipe(client);
    });
  };
  const server = createServer((client) => {
    if (isCut) {
      client.resetAndDestroy();
      return;
    }
    track(client, () => undefined);
    connectFrom(turn++, 0, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = new URL(target);
  url.host = `127.0.0.1:${port}`;
  const breakConnections = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: url.href,
    port,
    cut: () => {
      isCut = true;
      breakConnections();
    },
    breakConnections,
    slow: (ms) => {
      delayMs = ms;
    },
    restore: () => {
      isCut = false;
      delayMs = 0;
    },
    close: async () => {
      isCut = true;
      breakConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Passes data on after a wait, in order. */
function delaying(delayMs: () => number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const ms = delayMs();
      if (ms === 0) done(null, chunk);
      else setTimeout(() => done(null, chunk), ms);
    },
  });
}
