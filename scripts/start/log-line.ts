import { styleText } from 'node:util';
import { z } from 'zod';

const Line = z.looseObject({
  level: z.string(),
  msg: z.string().default(''),
  err: z
    .looseObject({ message: z.string().default(''), code: z.union([z.string(), z.number()]).optional() })
    .optional(),
});
const WARNINGS = ['warn', 'error', 'fatal'];

/** Of every line, or told in another way. Traces lead to the log's file. */
const LEFT_OUT = ['level', 'time', 'pid', 'hostname', 'name', 'msg', 'err', 'traceId', 'spanId', 'traceFlags'];

/**
 * A service's log line, for the terminal: its message, what it is about, and what went wrong. Nothing when it is of no
 * concern to who looks on.
 */
export function showLogLine(process: string, text: string, isVerbose: boolean): string | undefined {
  const name = styleText('dim', process);
  let line: z.infer<typeof Line>;
  try {
    line = Line.parse(JSON.parse(text));
  } catch {
    // Not a log line: Node's own last words, say.
    return isVerbose ? `${name}  ${visible(text)}` : undefined;
  }
  const isWarning = WARNINGS.includes(line.level);
  if (!isVerbose && !isWarning) return undefined;
  const level = isWarning ? styleText(line.level === 'warn' ? 'yellow' : 'red', line.level) : line.level;
  const about = Object.entries(line).filter(([key]) => !LEFT_OUT.includes(key));
  const fields = about.flatMap(([key, value]) => told(key, value)).map((field) => styleText('dim', field));
  return [name, level, visible(line.msg), fault(line.err), fields.join(' ')].filter(Boolean).join('  ');
}

function fault(err: z.infer<typeof Line>['err']): string {
  if (!err) return '';
  const { message, code } = err;
  const isTold = code === undefined || message.includes(String(code));
  return visible([message, isTold ? '' : `(${code})`].filter(Boolean).join(' '));
}

const MAX_LENGTH = 200;

/** `key=value`; of an object, each part by itself. */
function told(key: string, value: unknown): string[] {
  if (value === null || value === undefined) return [];
  if (typeof value === 'object' && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([inner, part]) => told(`${key}.${inner}`, part));
  }
  const text = visible(typeof value === 'string' ? value : JSON.stringify(value));
  return [`${visible(key)}=${/\s/.test(text) ? JSON.stringify(text) : text}`];
}

/** What a terminal would obey instead of showing it, and what would not fit, is left out. */
function visible(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}
