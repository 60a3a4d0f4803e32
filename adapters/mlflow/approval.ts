import { APPROVAL_STATUSES, type ApprovalStatus, type DecisionMark, type Tag } from '../../src/domain/model.js';
import { markIn } from './decision-mark.js';
import type { ApprovalConvention } from './options.js';
import { tagValue } from './tags.js';

export interface Approval {
  readonly status: ApprovalStatus;
  /** False where the tag is missing or says nothing that the convention knows. */
  readonly isExplicit: boolean;
}

export function approvalOf(convention: ApprovalConvention, tags: readonly Tag[]): Approval {
  const value = tagValue(tags, convention.tag);
  if (value === undefined) return { status: convention.absent, isExplicit: false };
  const status = statusNamed(convention, value);
  return status === undefined ? { status: convention.unknown, isExplicit: false } : { status, isExplicit: true };
}

export interface Decided {
  /** As it stands there. */
  readonly mark: DecisionMark | null;
  /** The same, where it tells of the status that the version has. */
  readonly agreed: DecisionMark | null;
}

/** The mark is written before the status: until both agree it tells of a decision that has not happened, or no longer holds. */
export function decidedBy({ status, isExplicit }: Approval, tags: readonly Tag[]): Decided {
  const mark = markIn(tags);
  return { mark, agreed: isExplicit && mark?.status === status ? mark : null };
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
