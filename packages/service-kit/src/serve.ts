import { setTimeout as wait } from 'node:timers/promises';
import type { HttpApp } from './http-app.ts';
import { listen, type ListeningServer } from './http-server.ts';

interface Addresses {
  HOST?: string | undefined;
  PORT: number;
  CLOSE_DELAY_MS: number;
}

/**
 * Finishes an app and serves it. Closing begins with a time in which everything is served as before, but both health
 * checks answer 503: whoever routes requests here sees it and stops, before any request could find the door shut.
 */
export async function serve(http: HttpApp, { HOST, PORT, CLOSE_DELAY_MS }: Addresses): Promise<ListeningServer> {
  const server = await listen(http.finish(), { host: HOST, port: PORT });
  return {
    ...server,
    close: async () => {
      http.announceClosing();
      await wait(CLOSE_DELAY_MS);
      await server.close();
    },
  };
}
