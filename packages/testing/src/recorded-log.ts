import { createLog, type Logger } from '@ticketing/service-kit/log';

/** A line of a log, as JSON. */
export interface LogLine {
  level: string;
  msg: string;
  [field: string]: unknown;
}

/** A service's log, and every line that is written to it from `info` on. */
export function recordLog<Line = LogLine>(name = 'test'): { lines: Line[]; log: Logger } {
  const lines: Line[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Line) };
  return { lines, log: createLog({ name, level: 'info', format: 'json', destination }) };
}
