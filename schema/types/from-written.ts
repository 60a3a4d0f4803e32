import type { Refusal, Written } from '../../src/context.js';
import { problemOf } from './from-connection.js';

/** What the payload types resolve of a write. */
export function fromWritten<R>({ record, problem, replayed }: Written<R> & { readonly replayed: boolean }) {
  return { record, problem: problem === null ? null : problemOf(problem), replayed };
}

export function fromRefusals(refused: readonly Refusal[]) {
  return refused.map(({ versionId, ...problem }) => ({ modelVersionId: versionId, problem }));
}
