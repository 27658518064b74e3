export interface LoadReport {
  /** Requests by what came of them: a status, or the error. */
  outcomes: Record<string, number>;
  total: number;
  failures: string[];
}

export interface Load {
  /** Ends it and says what came of it. */
  stop: () => Promise<LoadReport>;
  /** Requests that have been answered so far. */
  done: () => number;
}

/** Sends requests one after the other from each of `clients`; `send` returns the status, or throws. */
export function startLoad(clients: number, send: () => Promise<number>, isGood: (status: number) => boolean): Load {
  const outcomes: Record<string, number> = {};
  const failures: string[] = [];
  let running = true;
  let total = 0;
  const note = (outcome: string, good: boolean) => {
    total++;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (!good) failures.push(`${new Date().toISOString()} ${outcome}`);
  };
  const client = async () => {
    while (running) {
      await send().then(
        (status) => note(String(status), isGood(status)),
        (error: unknown) => note(describe(error), false),
      );
    }
  };
  const clientsDone = Promise.all(Array.from({ length: clients }, client));
  return {
    done: () => total,
    stop: async () => {
      running = false;
      await clientsDone;
      return { outcomes, total, failures };
    },
  };
}

/** @throws listing what failed */
export function assertNoFailure({ failures, outcomes, total }: LoadReport): string {
  if (failures.length > 0) {
    throw new Error(
      `${failures.length} of ${total} failed: ${JSON.stringify(outcomes)}\n${failures.slice(0, 5).join('\n')}`,
    );
  }
  return `${total} requests, ${JSON.stringify(outcomes)}`;
}

const describe = (error: unknown): string =>
  error instanceof Error
    ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`.trim()
    : String(error);
