import type { ModelVersionRecord } from '../domain/model.js';
import { versionId } from '../domain/refs.js';
import { subjectFingerprint } from './fingerprint.js';
import { knownStatus, latestWritten } from './history.js';
import type { Chain } from './ledger/ledger.js';

/** An entry for a status that nobody decided here. Who did it the registry does not say; its comment and time are kept where it does. */
export function foundStatus(chain: Chain, version: ModelVersionRecord, now: number) {
  const known = knownStatus(chain.records);
  return {
    versionId: versionId(version.ref),
    incarnation: version.incarnation,
    nativeId: version.nativeId,
    from: known,
    to: version.approvalStatus,
    state: 'WRITTEN',
    // A vote or a decision that failed tells, too, that somebody has looked here before.
    channel: chain.records.length === 0 ? 'IMPORTED' : 'OUT_OF_BAND',
    actor: null,
    comment: commentOf(chain, version),
    decidedAt: version.approvalStatusSince,
    recordedAt: new Date(now).toISOString(),
    deadline: null,
    fingerprint: subjectFingerprint(version),
    evaluation: null,
    requestId: null,
  } as const;
}

/** Who sets a status by hand leaves the comment of the decision before it where it is: those words are not theirs. */
function commentOf({ records }: Chain, { approvalComment }: ModelVersionRecord): string | null {
  return approvalComment === latestWritten(records)?.decision.body.comment ? null : approvalComment;
}
