/** Waits that can be ended early, all of them together. */
export interface Pauses {
  wait(ms: number): Promise<void>;
  endAll(): void;
}

/** The longest that a timer can wait. */
const MAX_MS = 2 ** 31 - 1;

export function createPauses(): Pauses {
  const ends = new Set<() => void>();
  return {
    wait: (ms) =>
      new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer);
          ends.delete(end);
          resolve();
        };
        const timer = setTimeout(end, Math.min(ms, MAX_MS));
        ends.add(end);
      }),
    endAll() {
      for (const end of [...ends]) end();
    },
  };
}
