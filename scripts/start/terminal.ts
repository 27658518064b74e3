import { styleText } from 'node:util';
import { Listr } from 'listr2';
import { whileItTakesLong } from '../bootstrap/waiting.mjs';
import { inWords, type RunStep } from './step.ts';

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
            const end = isOnTerminal()
              ? whileItTakesLong((seconds) => (task.title = titled(`${seconds} s`)), SPINNER_MS)
              : whileItTakesLong((seconds) => console.log(inWords(title, seconds, notes)));
            const isOk = await running.then(
              () => true,
              () => false,
            );
            end();
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
        fallbackRendererCondition: () => !isOnTerminal(),
      },
    );
    await steps.run();
    return running;
  };
}

/** One that does not know how wide it is would get one letter a line. */
const isOnTerminal = (): boolean => process.stdout.isTTY && process.stdout.columns > 0;

/** Between two figures of a step that takes long. */
const SPINNER_MS = 1_000;
