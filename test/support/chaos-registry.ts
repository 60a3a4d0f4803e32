import { abortedError } from '../../adapters/shared/aborted.js';
import type { RegistryError } from '../../src/domain/errors.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { type AdapterOperation, wrapCalls } from '../../src/wrappers/around.js';

/** What becomes of a call. */
export type Chaos =
  /** Made after a wait. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Not made; the error takes its place. */
  | { readonly kind: 'fail'; readonly error: RegistryError }
  /** Not made, and not answered until its signal ends it. */
  | { readonly kind: 'hang' };

export interface ChaosScope {
  /** Default: all. */
  readonly operations?: readonly AdapterOperation[];
  /** How many calls it happens to, after which the registry has recovered. Default: all until `recover`. */
  readonly times?: number;
}

/** A registry that misbehaves on demand, and counts what it is asked. */
export interface ChaosRegistry {
  readonly adapter: RegistryAdapter;
  /** Calls that reached the adapter, misbehaving ones among them. */
  readonly calls: ReadonlyMap<AdapterOperation, number>;
  /** Of all operations together. */
  totalCalls(): number;
  forgetCalls(): void;
  /** The latest chaos that applies to a call is the one that happens. */
  cause(chaos: Chaos, scope?: ChaosScope): void;
  recover(): void;
}

export function createChaosRegistry(inner: RegistryAdapter): ChaosRegistry {
  const calls = new Map<AdapterOperation, number>();
  const causes: { readonly chaos: Chaos; readonly operations: ChaosScope['operations']; left: number }[] = [];

  const take = (operation: AdapterOperation): Chaos | undefined => {
    const found = causes.findLast(({ operations, left }) => left > 0 && operations?.includes(operation) !== false);
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.chaos;
  };

  const adapter = wrapCalls(inner, async (operation, options, run) => {
    calls.set(operation, (calls.get(operation) ?? 0) + 1);
    const chaos = take(operation);
    if (chaos?.kind === 'fail') throw chaos.error;
    if (chaos !== undefined) {
      const waited = await waitFor(chaos.kind === 'slow' ? chaos.ms : null, options.signal);
      if (waited === 'aborted') throw abortedError(options.signal, { registryId: inner.id, operation });
    }
    return run(options);
  });

  return {
    adapter,
    calls,
    totalCalls: () => [...calls.values()].reduce((sum, count) => sum + count, 0),
    forgetCalls: () => calls.clear(),
    cause: (chaos, { operations, times = Number.POSITIVE_INFINITY } = {}) => {
      causes.push({ chaos, operations, left: times });
    },
    recover: () => {
      causes.length = 0;
    },
  };
}

/** By the global timer, which a test may have replaced by one of its own. Null: for ever. */
function waitFor(ms: number | null, signal: AbortSignal): Promise<'done' | 'aborted'> {
  if (signal.aborted) return Promise.resolve('aborted');
  return new Promise((resolve) => {
    const abort = () => {
      clearTimeout(timer);
      resolve('aborted');
    };
    const done = () => {
      signal.removeEventListener('abort', abort);
      resolve('done');
    };
    const timer = ms === null ? undefined : setTimeout(done, ms);
    signal.addEventListener('abort', abort, { once: true });
  });
}
