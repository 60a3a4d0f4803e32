import type { RegistryEntry } from './entry.js';

export interface HealthProbeOptions {
  /** Between two probes of a registry that is not UP. */
  readonly notUpMs: number;
  /** Between two probes of one that is; a registry that was called meanwhile is not probed. */
  readonly upMs: number;
}

/**
 * Asks each registry for one model now and then, so that its health is known when nobody else asks. What the answer says is noted by the
 * wrapper that watches every call.
 */
export function startHealthProbe(entries: readonly RegistryEntry[], options: HealthProbeOptions): Disposable {
  const stop = new AbortController();
  const timers = new Set<NodeJS.Timeout>();

  const schedule = (entry: RegistryEntry, delayMs: number) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      void probe(entry);
    }, delayMs);
    timer.unref();
    timers.add(timer);
  };

  const probe = async (entry: RegistryEntry) => {
    const { status, checkedAt } = entry.health();
    const isKnown = status === 'UP' && checkedAt !== null && Date.now() - Date.parse(checkedAt) < options.upMs;
    if (!isKnown) {
      const query = { order: { field: 'NAME', direction: 'ASC' }, limit: 1 } as const;
      await entry.adapter.listModels(query, { signal: stop.signal, priority: 'background' }).catch(() => {});
    }
    if (!stop.signal.aborted) schedule(entry, entry.health().status === 'UP' ? options.upMs : options.notUpMs);
  };

  for (const entry of entries) schedule(entry, 0);
  return {
    [Symbol.dispose]() {
      stop.abort();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
