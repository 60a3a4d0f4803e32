import { APPROVAL_STATUSES, type ApprovalStatus, type Tag, type Timestamp } from '../../src/domain/model.js';
import type { ApprovalConvention } from './options.js';
import { DECISION_TAG, tagValue } from './tags.js';

export interface Approval {
  readonly status: ApprovalStatus;
  /** False where the tag is missing or says nothing that the convention knows. */
  readonly isExplicit: boolean;
  readonly since: Timestamp | null;
}

export function approvalOf(convention: ApprovalConvention, tags: readonly Tag[]): Approval {
  const value = tagValue(tags, convention.tag);
  if (value === undefined) return { status: convention.absent, isExplicit: false, since: null };
  const status = statusNamed(convention, value);
  if (status === undefined) return { status: convention.unknown, isExplicit: false, since: null };
  return { status, isExplicit: true, since: decidedAt(tags, status) };
}

/**
 * What the tag may say for a version of `status`; null where versions without one of these values have the status too, so that a search by
 * the tag would miss some.
 */
export function tagValuesOf(convention: ApprovalConvention, status: ApprovalStatus): readonly string[] | null {
  if (convention.absent === status || convention.unknown === status) return null;
  return [...new Set(convention.values[status].map((value) => value.toLowerCase()))];
}

/** The tag that makes a version `status`. */
export function approvalTag(convention: ApprovalConvention, status: ApprovalStatus): Tag {
  const [value = status.toLowerCase()] = convention.values[status];
  return { key: convention.tag, value };
}

function statusNamed(convention: ApprovalConvention, value: string): ApprovalStatus | undefined {
  const folded = value.trim().toLowerCase();
  return APPROVAL_STATUSES.find((status) =>
    convention.values[status].some((candidate) => candidate.toLowerCase() === folded),
  );
}

/** The annotation is written before the status: until both agree it tells of a decision that has not happened. */
function decidedAt(tags: readonly Tag[], status: ApprovalStatus): Timestamp | null {
  const decision = parse(tagValue(tags, DECISION_TAG) ?? '');
  if (typeof decision !== 'object' || decision === null) return null;
  if (!('status' in decision) || decision.status !== status || !('at' in decision)) return null;
  const at = typeof decision.at === 'string' ? new Date(decision.at) : new Date(Number.NaN);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
