export type Check = (name: string, run: () => Promise<unknown>) => Promise<boolean>;

export interface Checks {
  /** Runs one check and prints what came of it. Returns whether it passed; throws only when all is to end. */
  check: Check;
  count: () => { passed: number; failed: number };
}

export function createChecks(signal: AbortSignal): Checks {
  let passed = 0;
  let failed = 0;
  return {
    check: async (name, run) => {
      signal.throwIfAborted();
      const started = performance.now();
      const took = () => `${((performance.now() - started) / 1_000).toFixed(1)} s`;
      try {
        const note = await run();
        passed++;
        console.log(`✓ ${name} (${took()})${typeof note === 'string' ? `: ${note}` : ''}`);
        return true;
      } catch (error) {
        // What was under way when someone wanted it to end has not failed.
        signal.throwIfAborted();
        failed++;
        console.log(`✗ ${name} (${took()})\n${indent(error instanceof Error ? error.message : String(error))}`);
        return false;
      }
    },
    count: () => ({ passed, failed }),
  };
}

const indent = (text: string): string => text.replaceAll(/^/gm, '    ');
