/** Things that were opened, to be closed in reverse order. */
export interface Closing {
  /** Registers what closes something that was just opened. */
  add: (close: () => unknown) => void;
  /** Closes all, the last opened first; every one is closed even if another fails, then the first failure is thrown. */
  close: () => Promise<void>;
}

export function createClosing(): Closing {
  const closers: (() => unknown)[] = [];
  let closed: Promise<void> | undefined;
  return {
    add: (close) => {
      closers.push(close);
    },
    close: () => (closed ??= closeAll(closers)),
  };
}

async function closeAll(closers: (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers.reverse()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
