import type { z } from 'zod';
import { ConfigError, logFormat, MAX_CLOSE_DELAY_MS, readConfig } from './config.ts';
import { EXIT } from './exit-status.ts';
import { createLog, type Logger } from './log.ts';
import { misspelledVariables } from './misspelled.ts';
import { flushTraces } from './trace.ts';

export interface RunningService {
  url: string;
  close: () => Promise<void>;
}

interface CommonConfig {
  NODE_ENV: string;
  LOG_LEVEL: string;
  LOG_FORMAT?: 'json' | 'pretty';
}

/**
 * Bound on closing: the delay before it, and longer than requests may take; shorter than the 30 s that docker-compose.yml
 * grants.
 */
const CLOSE_TIMEOUT_MS = MAX_CLOSE_DELAY_MS + 15_000;

/**
 * The whole life of a service's process: reads its configuration, starts it, and closes it on SIGTERM, SIGINT, or when
 * the parent that started it with an IPC channel is gone. `start` may find faults of the configuration too, and throw
 * ConfigError.
 */
export async function runService<Schema extends z.ZodObject>(
  name: string,
  schema: Schema,
  start: (config: z.infer<Schema>, log: Logger) => Promise<RunningService>,
): Promise<void> {
  let config: z.infer<Schema>;
  try {
    config = readConfig(schema, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    // Restarting will not help.
    process.exit(EXIT.config);
  }
  const common = config as unknown as CommonConfig;
  const log = createLog({ name, level: common.LOG_LEVEL, format: logFormat(common) });
  for (const { given, meant } of misspelledVariables(Object.keys(schema.shape), process.env)) {
    log.warn(`${given} is set, which nothing reads: ${meant} may be meant`);
  }
  process.on('uncaughtException', (error) => {
    exitAfterLog(1, log);
    log.fatal({ err: error }, 'stopped by an error that nothing caught');
  });
  // Whoever reads our log may be gone; that is no reason to fail.
  process.stdout.on('error', () => undefined);
  try {
    const service = await start(config, log);
    closeOnSignal(service, log);
    log.info({ url: service.url }, 'ready');
    process.send?.({ ready: service.url });
  } catch (error) {
    exitAfterLog(error instanceof ConfigError ? EXIT.config : EXIT.failed, log);
    if (error instanceof ConfigError) log.fatal(error.message);
    else log.fatal({ err: error }, 'did not start');
  }
}

function closeOnSignal(service: RunningService, log: Logger): void {
  let closing = false;
  const close = (signal: string) => {
    if (closing) return;
    closing = true;
    setTimeout(() => {
      exitAfterLog(1, log);
      log.error('could not close in time');
    }, CLOSE_TIMEOUT_MS).unref();
    log.info({ signal }, 'closing');
    service
      .close()
      .finally(flushTraces)
      .then(
        () => {
          log.info('closed');
          exitAfterLog(0, log);
        },
        (error: unknown) => {
          log.error({ err: error }, 'did not close cleanly');
          exitAfterLog(1, log);
        },
      );
  };
  process.on('SIGTERM', close);
  process.on('SIGINT', close);
  if (process.channel) process.on('disconnect', () => close('parent gone'));
}

/** Bound on writing the last lines: a log that nobody reads must not keep the process alive. */
const LAST_WORDS_MS = 500;

function exitAfterLog(code: number, log: Logger): void {
  setTimeout(() => process.exit(code), LAST_WORDS_MS);
  // After what the caller logs in this turn.
  setImmediate(() => log.flush(() => process.exit(code)));
}
