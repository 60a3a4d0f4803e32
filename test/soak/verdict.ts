import type { Change } from '../../src/domain/changes.js';
import { versionId } from '../../src/domain/refs.js';

/** What one subscriber has taken in, in the order in which it came. */
export interface Received {
  readonly name: string;
  /** Ids of changes. One that came twice is there twice. */
  readonly ids: readonly string[];
  readonly gaps: readonly string[];
  /** The last status that it heard of each version; null: it was deleted. */
  readonly statuses: ReadonlyMap<string, string | null>;
}

export interface Verdict {
  readonly subscribers: number;
  readonly changes: number;
  readonly lost: number;
  readonly doubled: number;
  readonly outOfOrder: number;
  readonly gaps: number;
  /** Versions of which a subscriber believes something else than what their registry says. */
  readonly wrongAtTheEnd: number;
  /** Writes through the gateways that succeeded, and those of them that no change tells of. */
  readonly writes: number;
  readonly untoldWrites: number;
}

/** A write through a gateway that was answered as done. */
export type DoneWrite =
  | { readonly kind: 'DECIDED'; readonly approvalId: string }
  | { readonly kind: 'REGISTERED'; readonly versionId: string };

/**
 * @param told All that the journal tells, in its order.
 * @param truth The status of each version that is in a registry at the end.
 */
export function judge(
  received: readonly Received[],
  told: readonly Change[],
  truth: ReadonlyMap<string, string>,
  writes: readonly DoneWrite[],
): Verdict {
  const place = new Map(told.map((change, index) => [change.id, index]));
  const subject = new Map(told.map((change) => [change.id, subjectOf(change)]));
  let [lost, doubled, outOfOrder, gaps, wrongAtTheEnd] = [0, 0, 0, 0, 0];
  for (const { ids, gaps: missed, statuses } of received) {
    const heard = new Set(ids);
    lost += told.filter(({ id }) => !heard.has(id)).length;
    doubled += ids.length - heard.size;
    gaps += missed.length;
    const last = new Map<string, number>();
    for (const id of heard) {
      const [at, of] = [place.get(id) ?? -1, subject.get(id) ?? ''];
      if (at < (last.get(of) ?? -1)) outOfOrder += 1;
      last.set(of, at);
    }
    for (const [version, status] of truth) {
      // What nothing was told of was so from the beginning.
      if (statuses.has(version) && statuses.get(version) !== status) wrongAtTheEnd += 1;
    }
    for (const [version, status] of statuses) if (status !== null && !truth.has(version)) wrongAtTheEnd += 1;
  }
  const toldOf = new Set(
    told.flatMap((change) => {
      if (change.type === 'APPROVAL_RECORDED') return [change.approvalId];
      return change.type === 'VERSION_REGISTERED' ? [subjectOf(change)] : [];
    }),
  );
  return {
    subscribers: received.length,
    changes: told.length,
    lost,
    doubled,
    outOfOrder,
    gaps,
    wrongAtTheEnd,
    writes: writes.length,
    untoldWrites: writes.filter((write) => !toldOf.has(write.kind === 'DECIDED' ? write.approvalId : write.versionId))
      .length,
  };
}

/** What the order of a change counts for. */
function subjectOf({ model, version, registryId }: Change): string {
  if (model === null) return registryId;
  return version === null ? `${registryId}/${model.name}` : versionId({ ...model, version });
}
