import { EXIT } from '@ticketing/service-kit/exit-status';

/** Ctrl-C comes from the terminal, from npm and from the bootstrap, all within a moment: they are one. */
const SAME_INTERRUPTION_MS = 1_000;

/**
 * Aborted on Ctrl-C, when the terminal closes, on SIGTERM, and when the process that started this one is gone. A second
 * Ctrl-C ends this process without waiting for anything.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  const interrupt = (reason: string) => {
    first ??= performance.now();
    if (performance.now() - first > SAME_INTERRUPTION_MS) process.exit(EXIT.interrupted);
    controller.abort(new Interrupted(reason));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  if (process.channel) {
    process.on('disconnect', () => interrupt('its parent being gone'));
    // Listening alone must not keep this process alive.
    process.channel.unref();
  }
  return controller.signal;
}

/** Does work that ends when someone wants it to; what fails on the way out is not worth telling. Returns the exit status. */
export async function interruptibly(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const signal = interruption();
  try {
    return await work(signal);
  } catch (error) {
    if (signal.aborted || error instanceof Interrupted) return EXIT.interrupted;
    throw error;
  }
}

/** Someone wants it to end. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  constructor(reason: string) {
    super(`Interrupted by ${reason}.`);
  }
}
