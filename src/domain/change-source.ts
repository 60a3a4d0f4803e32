import type { Timestamp } from './model.js';
import type { ModelRef, VersionRef } from './refs.js';

// How an upstream tells of its changes by itself. What it tells is a hint, never a fact: the entity is read again before anything is believed.

/** One word from an upstream that something may have changed. */
export interface ChangeHint {
  readonly registryId: string;
  /** What to look at; a version is looked at together with its model. Absent: something in the registry, it is polled at once. */
  readonly entity?: ModelRef | VersionRef;
  /** The same for each delivery of the same word; unique within the registry. Seen once, it is acknowledged and not looked at again. */
  readonly dedupeKey: string;
  readonly occurredAt?: Timestamp;
}

/**
 * Takes hints. Resolves once everything that they led to is in the journal: only then may the upstream be told that they have arrived. Rejects
 * where that could not be done now (the registry or the journal is away): deliver them again later.
 */
export type TakeHints = (hints: readonly ChangeHint[], signal?: AbortSignal) => Promise<void>;

/** What runs beside the gateway to hear of changes: reads a queue or a stream, or looks after a webhook. */
export interface ChangeSource extends AsyncDisposable {
  /** For logs, metrics and the lease, e.g. `sqs https://sqs.eu-central-1.amazonaws.com/111122223333/registrar`. Unique; without secrets. */
  readonly name: string;
  /** Registries that it may tell of. */
  readonly registryIds: readonly string[];
  /** True: one replica at a time runs it, under a lease. False: each replica does. */
  readonly isExclusive: boolean;
  /**
   * Runs until the signal ends it, and then resolves. Outages of the upstream are its own to sit out, told through `report`; it rejects only for what
   * it cannot get over by itself, and is then started again later.
   */
  run(context: SourceContext): Promise<void>;
}

export interface SourceContext {
  readonly take: TakeHints;
  readonly signal: AbortSignal;
  /** Places to go on from, kept over restarts and hand-overs where the gateway keeps its journal; lost with it. */
  readonly checkpoints: SourceCheckpoints;
  /** Told of what went wrong, for the log and the registry's health. Null: all is well again. */
  readonly report: (problem: Error | null) => void;
}

export interface SourceCheckpoints {
  /** Null where none was kept. */
  get(key: string): Promise<string | null>;
  /** Refused (rejects) where the source's lease is another's by now. */
  set(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
}

/** Names in lower case. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A registry that calls us: `POST /hooks/<kind>/<registryId>`. */
export interface WebhookSource {
  readonly registryId: string;
  /**
   * Reads one delivery: the headers, and the raw bytes of the body.
   * @throws UnauthenticatedError where the signature is missing or wrong, or the time is out of its window; InvalidInputError for what is no
   * delivery.
   * @returns Hints; empty for what is genuine and of no interest, e.g. a test event.
   */
  read(headers: WebhookHeaders, body: Uint8Array): readonly ChangeHint[];
}

/** All the ways in which the registries of one kind tell of changes by themselves. */
export interface KindSources {
  readonly sources: readonly ChangeSource[];
  readonly webhooks: readonly WebhookSource[];
}
