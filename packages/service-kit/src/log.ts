import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { logError } from './log-error.ts';
import { currentIds } from './trace.ts';

export type { Logger } from 'pino';

export interface LogOptions {
  name: string;
  level: string;
  format: 'json' | 'pretty';
  /** For tests; stdout by default. */
  destination?: DestinationStream;
}

/** Structured log to stdout: one JSON object a line, or readable lines where a person looks on. */
export function createLog({ name, level, format, destination }: LogOptions): Logger {
  const options: LoggerOptions = {
    name,
    level,
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    // A line says what trace it was written in.
    mixin: currentIds,
    serializers: { err: logError },
    // Last line of defence: nothing should log these to begin with.
    redact: { paths: ['*.password', '*.token', '*.authorization', '*.clientSecret', '*.secret'], censor: '[secret]' },
    ...(format === 'pretty' && {
      transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' } },
    }),
  };
  return destination ? pino(options, destination) : pino(options);
}

/** For tests, and for parts that run without a log. */
export const silentLog: Logger = pino({ level: 'silent' });
