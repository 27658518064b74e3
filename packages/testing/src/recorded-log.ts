import { createLog, type Logger } from '@ticketing/service-kit/log';

/** A line of a log, as JSON. */
export interface LogLine {
  level: string;
  msg: string;
  requestId?: string;
  traceId?: string;
  route?: string;
  status?: number;
  [field: string]: unknown;
}

/** A service's log, and every line that is written to it from `info` on. */
export function recordLog(name = 'test'): { lines: LogLine[]; log: Logger } {
  const lines: LogLine[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) };
  return { lines, log: createLog({ name, level: 'info', format: 'json', destination }) };
}
