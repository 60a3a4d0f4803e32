import type { ApprovalStatus, ModelVersionRecord } from '../domain/model.js';
import type { PolicyEvaluation } from '../domain/policy.js';
import { versionId } from '../domain/refs.js';
import { subjectFingerprint } from './fingerprint.js';
import { knownStatus, latestWritten, openVotes } from './history.js';
import type { Chain } from './ledger/ledger.js';
import type { DecisionWriter } from './write-decision.js';

/** What those who watch the registries know of a version besides the ledger. */
export interface Watched {
  readonly incarnation: string;
  /** The status before the one that was found; null: the version has just appeared. */
  readonly before: ApprovalStatus | null;
}

/** The status that is no news. A version of which nothing is known was registered PENDING. */
export function expectedStatus({ records }: Chain, watched: Watched | null): ApprovalStatus {
  return knownStatus(records) ?? watched?.before ?? 'PENDING';
}

/**
 * Puts a status that nobody decided here into the ledger, with what the policies say of it. Somebody else may have put it first, or something else.
 * Of what was there before anybody looked the policies say nothing: other rules may have been in force.
 */
export async function enterFound(
  writer: DecisionWriter,
  chain: Chain,
  version: ModelVersionRecord,
  watched: Watched | null = null,
): Promise<void> {
  const isUnheardOf = chain.records.length === 0 && watched === null;
  const votes = openVotes(chain.records, 'APPROVED', subjectFingerprint(version)).length;
  const evaluation = isUnheardOf ? null : await writer.evaluateFound(version, votes);
  await writer.ledger.decide(chain, foundStatus(chain, version, watched?.before ?? null, evaluation, writer.now()));
}

/** Who did it the registry does not say; its comment and time are kept where it does. */
function foundStatus(
  chain: Chain,
  version: ModelVersionRecord,
  before: ApprovalStatus | null,
  evaluation: PolicyEvaluation | null,
  now: number,
) {
  return {
    versionId: versionId(version.ref),
    incarnation: version.incarnation,
    nativeId: version.nativeId,
    from: knownStatus(chain.records) ?? before,
    to: version.approvalStatus,
    state: 'WRITTEN',
    // A vote or a decision that failed tells, too, that somebody has looked here before.
    channel: chain.records.length === 0 && before === null ? 'IMPORTED' : 'OUT_OF_BAND',
    actor: null,
    comment: commentOf(chain, version),
    decidedAt: version.approvalStatusSince,
    recordedAt: new Date(now).toISOString(),
    deadline: null,
    fingerprint: subjectFingerprint(version),
    evaluation,
    requestId: null,
  } as const;
}

/** Who sets a status by hand leaves the comment of the decision before it where it is: those words are not theirs. */
function commentOf({ records }: Chain, { approvalComment }: ModelVersionRecord): string | null {
  return approvalComment === latestWritten(records)?.decision.body.comment ? null : approvalComment;
}
