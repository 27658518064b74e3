import { styleText } from 'node:util';
import { Listr } from 'listr2';
import { z } from 'zod';
import type { RunStep } from './step.ts';

/**
 * Shows each step with its time: a spinner on a terminal, plain lines elsewhere. Once the signal is aborted, no further
 * step begins.
 */
export function showSteps(signal: AbortSignal): RunStep {
  return async <T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const started = performance.now();
    const notes: string[] = [];
    let show = () => undefined as unknown;
    const running = work((text) => {
      notes.push(text);
      show();
    });
    const steps = new Listr(
      [
        {
          title,
          task: async (_context, task) => {
            const titled = (...more: string[]) => `${title}  ${styleText('dim', [...notes, ...more].join(' · '))}`;
            show = () => (task.title = titled());
            if (notes.length > 0) show();
            const isOk = await running.then(
              () => true,
              () => false,
            );
            const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
            task.title = titled(seconds);
            // The error itself is told once, by whoever started it all.
            if (!isOk) throw new Error('see below');
          },
        },
      ],
      {
        exitOnError: false,
        registerSignalListeners: false,
        rendererOptions: { showErrorMessage: false },
        fallbackRenderer: 'simple',
        // A terminal that does not know how wide it is would get one letter a line.
        fallbackRendererCondition: () => !process.stdout.isTTY || !process.stdout.columns,
      },
    );
    await steps.run();
    return running;
  };
}

const Line = z.object({
  level: z.string(),
  msg: z.string().default(''),
  err: z.object({ message: z.string() }).optional(),
});
const WARNINGS = ['warn', 'error', 'fatal'];

/** A service's log line, short, for the terminal. Nothing when it is of no concern to who looks on. */
export function showLogLine(process: string, text: string, isVerbose: boolean): string | undefined {
  const name = styleText('dim', process);
  let line: z.infer<typeof Line>;
  try {
    line = Line.parse(JSON.parse(text));
  } catch {
    // Not a log line: Node's own last words, say.
    return isVerbose ? `${name}  ${text}` : undefined;
  }
  const isWarning = WARNINGS.includes(line.level);
  if (!isVerbose && !isWarning) return undefined;
  const level = isWarning ? styleText(line.level === 'warn' ? 'yellow' : 'red', line.level) : line.level;
  return [name, level, line.msg, line.err?.message].filter(Boolean).join('  ');
}
