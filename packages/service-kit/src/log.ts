import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

export interface LogOptions {
  name: string;
  level: string;
  format: 'json' | 'pretty';
}

/** Structured log to stdout: one JSON object a line, or readable lines where a person looks on. */
export function createLog({ name, level, format }: LogOptions): Logger {
  return pino({
    name,
    level,
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    // Last line of defence: nothing should log these to begin with.
    redact: { paths: ['*.password', '*.token', '*.authorization', '*.clientSecret', '*.secret'], censor: '[secret]' },
    ...(format === 'pretty' && {
      transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' } },
    }),
  });
}

/** For tests, and for parts that run without a log. */
export const silentLog: Logger = pino({ level: 'silent' });
