import type { ChangeStream, StreamStart } from './change-stream.js';
import { Cohort, type CohortSources, type Sharing } from './cohort.js';
import type { StreamSink } from './outbox.js';

/** All streams of a replica: those of one key share the making of each item. */
export interface ChangeHub<R> {
  /** @param key The same where `sharing` is the same. */
  open(key: string, sharing: Sharing<R>, sink: StreamSink<R>, start: StreamStart): ChangeStream<R>;
}

export function createChangeHub<R>(sources: CohortSources): ChangeHub<R> {
  const cohorts = new Map<string, Cohort<R>>();
  return {
    open(key, sharing, sink, start) {
      const cohort = cohorts.get(key) ?? new Cohort(sharing, sources, () => cohorts.delete(key));
      cohorts.set(key, cohort);
      return cohort.open(sink, start);
    },
  };
}
