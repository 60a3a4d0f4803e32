import type { GraphQLContext, Refusal, Written } from '../../src/context.js';
import { cursorAfterWrite } from './cursor-after-write.js';
import { problemOf } from './from-connection.js';

/** What the payload types resolve of a write, but for the record, which each names for itself. */
export function fromWritten<R>(
  { record, problem, replayed }: Written<R> & { readonly replayed: boolean },
  context: GraphQLContext,
) {
  return {
    record,
    payload: {
      problem: problem === null ? null : problemOf(problem),
      replayed,
      changesCursor: cursorAfterWrite(context),
    },
  };
}

export function fromRefusals(refused: readonly Refusal[]) {
  return refused.map(({ versionId, ...problem }) => ({ modelVersionId: versionId, problem }));
}
