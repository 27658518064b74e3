import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Proxy {
  /** `url`, but through the proxy. */
  url: string;
  /** Cuts every connection, and refuses new ones until `restore`. */
  cut: () => void;
  /** Undoes all of these. */
  restore: () => void;
  /** Holds back every answer for so long. */
  delay: (ms: number) => void;
  /** Answers whatever comes with this. */
  babble: (text: string) => void;
  /** Told what passes on the way to the server. */
  onRequest: (listener: (bytes: Buffer) => void) => void;
  close: () => Promise<void>;
}

/** A TCP proxy in front of a server, to make that server go away, slow or mad. */
export async function startProxy(url: string): Promise<Proxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const listeners: ((bytes: Buffer) => void)[] = [];
  let isCut = false;
  let delayMs = 0;
  let nonsense: string | undefined;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        near.destroy();
        far.destroy();
        sockets.delete(socket);
      });
    }
    near.on('data', (bytes) => {
      for (const listener of listeners) listener(bytes);
      if (nonsense !== undefined) near.write(nonsense);
      else far.write(bytes);
    });
    far.on('data', (bytes) => {
      if (delayMs > 0) setTimeout(() => near.write(bytes), delayMs);
      else near.write(bytes);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String((server.address() as AddressInfo).port);
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: through.href,
    cut: () => {
      isCut = true;
      destroyAll();
    },
    restore: () => {
      isCut = false;
      delayMs = 0;
      nonsense = undefined;
    },
    delay: (ms) => {
      delayMs = ms;
    },
    babble: (text) => {
      nonsense = text;
    },
    onRequest: (listener) => listeners.push(listener),
    close: async () => {
      server.close();
      destroyAll();
      await once(server, 'close');
    },
  };
}
