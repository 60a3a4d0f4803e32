import {
  CostExceededError,
  RegistryError,
  TimeoutError,
  UnavailableError,
  UnexpectedUpstreamError,
} from '../domain/errors.js';
import type { CallOptions, RegistryAdapter } from '../domain/registry.js';
import type { RegistryEntry } from './entry.js';

export interface Deadlines {
  readonly listMs: number;
  readonly lookupMs: number;
  readonly writeMs: number;
}

export interface RequestLimits {
  /** Adapter calls that one operation may make, over all registries. */
  readonly adapterCalls: number;
}

export type ReadKind = 'list' | 'lookup';

/**
 * What one operation may ask of the registries. A registry's time runs from its first call in the operation, and one that did not answer is
 * not asked again in it: dead, hanging or slow, it costs its deadline once.
 */
export class RequestScope {
  readonly #startedAt = new Map<string, number>();
  readonly #failed = new Map<string, RegistryError>();
  readonly #noted = new Set<string>();
  #calls = 0;

  constructor(
    private readonly deadlines: Deadlines,
    private readonly limits: RequestLimits,
    /** Ends with the client's connection. */
    private readonly signal: AbortSignal,
    /** Told of failed reads, for the log. */
    private readonly report: (failure: RegistryError) => void,
  ) {}

  /** @throws RegistryError and nothing else. */
  async read<T>(
    entry: RegistryEntry,
    kind: ReadKind,
    call: (adapter: RegistryAdapter, options: CallOptions) => Promise<T>,
  ): Promise<T> {
    const earlier = this.#failed.get(entry.id);
    if (earlier !== undefined) throw earlier;
    this.#spend(entry.id);
    const limitMs = kind === 'list' ? this.deadlines.listMs : this.deadlines.lookupMs;
    const startedAt = this.#startedAt.get(entry.id) ?? performance.now();
    this.#startedAt.set(entry.id, startedAt);
    const remainingMs = Math.max(1, startedAt + limitMs - performance.now());

    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(deadlineExceeded(entry.id, limitMs)), remainingMs);
    const signal = AbortSignal.any([controller.signal, this.signal]);
    try {
      return await call(entry.adapter, { signal, priority: 'interactive' });
    } catch (error) {
      if (this.signal.aborted) throw new TimeoutError('The client went away.', { registryId: entry.id, cause: error });
      const failure = error instanceof RegistryError ? error : unexpected(entry.id, error);
      if (failure instanceof TimeoutError || failure instanceof UnavailableError) this.#failed.set(entry.id, failure);
      this.note(failure);
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets the registry's time begin anew. */
  restart(registryId: string): void {
    this.#startedAt.delete(registryId);
  }

  /** Reports what could not be read: the first failure of its kind in each registry, because the rest of an operation fails alike. */
  note(failure: RegistryError): void {
    const kind = `${failure.registryId} ${failure.code}`;
    if (this.#noted.has(kind)) return;
    this.#noted.add(kind);
    this.report(failure);
  }

  #spend(registryId: string): void {
    this.#calls += 1;
    if (this.#calls > this.limits.adapterCalls) {
      throw new CostExceededError(
        `This operation asks the registries for more than ${this.limits.adapterCalls} things one by one. Ask for fewer items, or for fewer nested lists.`,
        { registryId },
      );
    }
  }
}

function deadlineExceeded(registryId: string, limitMs: number): TimeoutError {
  return new TimeoutError(`Registry ${registryId} did not answer within ${limitMs} ms.`, { registryId });
}

function unexpected(registryId: string, cause: unknown): RegistryError {
  return new UnexpectedUpstreamError(
    `Registry ${registryId} could not be read: its adapter failed in a way it should not.`,
    {
      registryId,
      cause,
    },
  );
}
