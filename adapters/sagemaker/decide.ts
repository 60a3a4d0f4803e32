import type { ModelApprovalStatus } from '@aws-sdk/client-sagemaker';
import { InvalidInputError } from '../../src/domain/errors.js';
import type { ApprovalStatus, DecisionMark, ModelVersionRecord } from '../../src/domain/model.js';
import type { StatusWrite } from '../../src/domain/registry.js';
import { refuseOtherIncarnation } from '../shared/expectations.js';
import { refuseStatusWrite } from '../shared/refusals.js';
import type { Call } from './client.js';
import { declared, LIMITS } from './declarations.js';
import type { CallSite } from './errors.js';
import { notedLineage } from './map.js';
import { ACTOR_KEY, DECISION_KEY, writeMark } from './mark.js';
import { registrantEntries } from './registrant.js';
import type { Registry } from './registry.js';
import type { Described, Versions } from './version-lookup.js';
import { type Fields, write } from './version-writes.js';

const STATUS: Readonly<Record<ApprovalStatus, ModelApprovalStatus>> = {
  PENDING: 'PendingManualApproval',
  APPROVED: 'Approved',
  REJECTED: 'Rejected',
};

/**
 * What can be told without a call.
 * @throws InvalidInputError, UnsupportedError
 */
export function refuseDecision(
  current: ModelVersionRecord,
  decision: Omit<StatusWrite, 'incarnation'>,
  site: CallSite,
): void {
  refuseStatusWrite(declared(site.registryId), decision);
  const { comment } = decision.mark;
  if (comment !== null && /[\p{Cc}\u2028\u2029]/u.test(comment)) {
    throw new InvalidInputError(
      'The comment has a line break or control character, which SageMaker does not take. Write it in one line.',
      { ...site },
    );
  }
  const { metadataEntriesMax } = LIMITS;
  const taken = current.metadata.length + notedLineage(current) + registrantEntries(current.createdBy);
  const own = new Set([...keysOf(current.decision), ...keysOf(decision.mark)]);
  if (taken + own.size > metadataEntriesMax) {
    throw new InvalidInputError(
      `The version has ${taken} entries of metadata, so there is no room for the decision: at most ${metadataEntriesMax} fit, ${own.size} of them the gateway's. Remove some metadata first.`,
      { ...site },
    );
  }
}

/** Status, comment and mark in one call: either all of them are there or none. */
export async function decide(
  registry: Registry,
  versions: Versions,
  decision: StatusWrite,
  call: Call,
): Promise<ModelVersionRecord> {
  refuseStatusWrite(declared(registry.id), decision);
  const current = await versions.existing(decision.version, call);
  const site = { registryId: call.registryId, operation: call.operation };
  refuseOtherIncarnation(current.record.incarnation, decision, site);
  refuseDecision(current.record, decision, site);
  return write(registry, versions, decision.version, current, fieldsOf(decision.mark, current), call);
}

function fieldsOf(mark: DecisionMark, { pkg }: Described): Fields {
  const written = writeMark(mark);
  const isStale = ACTOR_KEY in (pkg.CustomerMetadataProperties ?? {}) && !(ACTOR_KEY in written);
  return {
    ModelApprovalStatus: STATUS[mark.status],
    // Left out, the comment of the decision before would stay as if it were this one's.
    ApprovalDescription: mark.comment ?? '',
    CustomerMetadataProperties: { ...written },
    ...(isStale ? { CustomerMetadataPropertiesToRemove: [ACTOR_KEY] } : {}),
  };
}

function keysOf(mark: DecisionMark | null): readonly string[] {
  if (mark === null) return [];
  return mark.actor === null || mark.actor === '' ? [DECISION_KEY] : [DECISION_KEY, ACTOR_KEY];
}
