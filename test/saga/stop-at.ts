import type { RegistryAdapter } from '../../src/domain/registry.js';
import type { GovernanceStore } from '../../src/governance/store.js';

/** A place in the course of a decision: right before or right after the n-th call of a method, or the n-th request on the wire. */
export interface Point {
  /** `store.ledger.putDecision`, `adapter.decide`, or `wire <label>`. */
  readonly call: string;
  readonly when: 'before' | 'after';
  /** Of the calls about that registry, from 1. */
  readonly nth: number;
}

/** The process stops itself once each of these registries has come to its point; whatever came there first waits for the others. */
export interface StopAt {
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly points: Readonly<Record<string, Point>>;
}

export interface Gate {
  pass(registryId: string, call: string, when: Point['when']): Promise<void>;
}

/** @param reached Told right before the process stops. */
export function createGate({ signal, points }: StopAt, reached: () => Promise<void>): Gate {
  const counts = new Map<string, number>();
  const { promise: goneOn, resolve: goOn } = Promise.withResolvers<void>();
  let missing = Object.keys(points).length;
  return {
    async pass(registryId, call, when) {
      const point = points[registryId];
      if (point === undefined || point.when !== when || !matches(point.call, call)) return;
      const key = `${registryId} ${call} ${when}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count !== point.nth) return;
      missing -= 1;
      if (missing === 0) {
        await reached();
        process.kill(process.pid, signal);
        goOn();
      }
      await goneOn;
    },
  };
}

/** The labels of requests by their end. */
function matches(wanted: string, call: string): boolean {
  return wanted.startsWith('wire ') ? call.startsWith('wire ') && call.endsWith(wanted.slice(5)) : wanted === call;
}

type Call = (...args: never[]) => Promise<unknown>;

/** The registry that a call of the store is about; undefined for a call that is about none. */
type RegistryOf = (args: readonly unknown[]) => string | undefined;

export function gatedStore(store: GovernanceStore, gate: Gate): GovernanceStore {
  return {
    ledger: gated(store.ledger, 'store.ledger', gate, registryOfArgument),
    openIntents: gated(store.openIntents, 'store.openIntents', gate, registryOfArgument),
    checkpoints: store.checkpoints,
    requests: store.requests,
    leases: store.leases,
    deliveries: store.deliveries,
    archive: store.archive,
    check: () => store.check(),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

export function gatedAdapter(adapter: RegistryAdapter, gate: Gate): RegistryAdapter {
  return gated(adapter, 'adapter', gate, () => adapter.id);
}

function gated<T extends object>(inner: T, name: string, gate: Gate, registryOf: RegistryOf): T {
  return new Proxy(inner, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      // What is not asked over a network is no step of its own.
      if (typeof value !== 'function' || typeof key === 'symbol' || key === 'refuseDecision') return value;
      const call = value as Call;
      return async (...args: never[]) => {
        const registryId = registryOf(args);
        if (registryId === undefined) return call.apply(target, args);
        await gate.pass(registryId, `${name}.${key}`, 'before');
        const result = await call.apply(target, args);
        await gate.pass(registryId, `${name}.${key}`, 'after');
        return result;
      };
    },
  });
}

interface AboutRegistry {
  readonly registryId?: string;
  readonly subject?: { readonly version: { readonly registryId: string } };
  readonly body?: { readonly versionId: string };
}

/** A reference to a version, an open intent, or an entry. */
function registryOfArgument([first]: readonly unknown[]): string | undefined {
  if (typeof first !== 'object' || first === null) return undefined;
  const { registryId, subject, body } = first as AboutRegistry;
  return registryId ?? subject?.version.registryId ?? body?.versionId.split('/')[0];
}
