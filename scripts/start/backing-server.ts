import type { LocalServer } from '@ticketing/testing/local-server/local-server';
import { lastLines } from './last-lines.ts';

export interface BackingServerOptions<Server> {
  /** Finds or fetches what the server needs. Fails at once when that is not possible on this machine. */
  find: (onStep: (what: string) => void) => Promise<unknown>;
  start: (onLog: (line: string) => void) => Promise<Server>;
  /** It ended though nobody asked it to. */
  onCrash: (lastLines: string[]) => void;
}

/** A server that is being started while other things go on. */
export interface BackingServer<Server> {
  /** Waits until it is known that nothing is missing for it: what is left takes time only. */
  isPossible: Promise<unknown>;
  /** Waits until it is ready; told what takes long. */
  ready: (note: (text: string) => void) => Promise<Server>;
  /** Stops it, however far it has come. */
  stop: () => Promise<void>;
}

/** A running server, for whoever wants to see what the others do without it. */
export type ServerHandle = Pick<LocalServer, 'port' | 'pid' | 'crash' | 'restart'>;

/** Begins to start a server. Whatever goes wrong is told by `isPossible` and `ready`. */
export function beginServer<Server extends LocalServer>(options: BackingServerOptions<Server>): BackingServer<Server> {
  const said: string[] = [];
  let say: (text: string) => unknown = (text) => said.push(text);
  const lines = lastLines();
  let isWanted = true;
  const possible = Promise.withResolvers<undefined>();
  const found = options.find((what) => {
    possible.resolve(undefined);
    say(what);
  });
  found.then(() => possible.resolve(undefined), possible.reject);
  const started = found.then(async () => {
    if (!isWanted) throw new Error('It is not wanted any more.');
    return watched(await options.start(lines.add), () => {
      if (isWanted) options.onCrash(lines.all());
    });
  });
  for (const promise of [possible.promise, started]) promise.catch(() => undefined);
  return {
    isPossible: possible.promise,
    ready: (note) => {
      said.forEach(note);
      say = note;
      return started;
    },
    stop: async () => {
      isWanted = false;
      const server = await started.catch(() => undefined);
      await server?.stop();
    },
  };
}

/** The same server; an end by its own `crash` or `restart` is no crash. */
function watched<Server extends LocalServer>(server: Server, onCrash: () => void): Server {
  let isAskedToEnd = false;
  const watch = () => {
    void server.exited.then(() => {
      if (!isAskedToEnd) onCrash();
    });
  };
  watch();
  const { crash, restart } = server;
  server.crash = () => {
    isAskedToEnd = true;
    return crash();
  };
  server.restart = async () => {
    isAskedToEnd = true;
    await restart();
    isAskedToEnd = false;
    watch();
  };
  return server;
}
