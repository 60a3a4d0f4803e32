import type { Filter, ModelPackageStatus } from '@aws-sdk/client-sagemaker';
import type { VersionFilter } from '../../src/domain/filters.js';
import type { ApprovalStatus, RegistrationStatus } from '../../src/domain/model.js';
import { isGroupName, isVersionArn, parseArn } from './arns.js';
import {
  type Condition,
  exists,
  is,
  isOneOf,
  MAX_FILTERS,
  notAfter,
  notBefore,
  notExists,
  withinYears,
} from './search.js';

export interface VersionNarrowing {
  readonly conditions: readonly Condition[];
  /** The only ARNs that can match; undefined for any. */
  readonly arns: readonly string[] | undefined;
  /** Whether a search under it counts exactly what matches. */
  readonly countsExactly: boolean;
}

const STATUS = 'ModelApprovalStatus';

/** A version without a status is pending, too: only because nothing was said. */
const APPROVAL: Readonly<Record<ApprovalStatus, readonly Filter[]>> = {
  PENDING: [is(STATUS, 'PendingManualApproval'), notExists(STATUS)],
  APPROVED: [is(STATUS, 'Approved')],
  REJECTED: [is(STATUS, 'Rejected')],
};

const REGISTRATION: Readonly<Record<RegistrationStatus, readonly ModelPackageStatus[]>> = {
  PENDING: ['Pending', 'InProgress'],
  READY: ['Completed'],
  FAILED: ['Failed'],
  DELETING: ['Deleting'],
};

const STAGE_NAME = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/;

export function approvalCondition(statuses: readonly ApprovalStatus[]): Condition {
  return [...new Set(statuses)].flatMap((status) => APPROVAL[status]);
}

/** Null where nothing can match. */
export function narrowVersions(filter: VersionFilter): VersionNarrowing | null {
  const { approvalStatusExplicit, createdAfter, createdBefore, updatedAfter, updatedBefore, modelName } = filter;
  const choices = [
    filter.approvalStatuses && approvalCondition(filter.approvalStatuses),
    filter.registrationStatuses &&
      [...new Set(filter.registrationStatuses)].flatMap((status) =>
        REGISTRATION[status].map((name) => is('ModelPackageStatus', name)),
      ),
    filter.stages && stageCondition(filter.stages),
    modelName?.equals === undefined
      ? undefined
      : isGroupName(modelName.equals)
        ? [is('ModelPackageGroupName', modelName.equals)]
        : [],
  ].filter((condition) => condition !== undefined);
  const arns = filter.nativeIds && versionArns(filter.nativeIds);
  if (arns?.length === 0 || choices.some((condition) => condition.length === 0)) return null;
  const times = [
    ...(createdAfter === undefined ? [] : [notBefore('CreationTime', createdAfter)]),
    ...(createdBefore === undefined ? [] : [notAfter('CreationTime', createdBefore)]),
    ...(updatedAfter === undefined ? [] : [notBefore('LastModifiedTime', updatedAfter)]),
    ...(updatedBefore === undefined ? [] : [notAfter('LastModifiedTime', updatedBefore)]),
  ];
  // A choice of more filters than one list takes is left out: what is read then is sorted out by `exactVersionFilter`.
  const asked = choices.filter((condition) => condition.length <= MAX_FILTERS);
  return {
    arns,
    conditions: [
      ...asked,
      ...times.map((filter) => [filter]),
      ...(approvalStatusExplicit === undefined ? [] : [[approvalStatusExplicit ? exists(STATUS) : notExists(STATUS)]]),
    ],
    countsExactly: asked.length === choices.length && Object.keys(filter).every((key) => COUNTABLE.has(key)),
  };
}

/** For each search that it takes to ask for all the ARNs, what it adds to the conditions. */
export function arnConditions(arns: readonly string[] | undefined): readonly (readonly Condition[])[] {
  if (arns === undefined) return [[]];
  const conditions: (readonly Condition[])[] = [];
  for (let rest = arns; rest.length > 0; ) {
    const { condition, rest: later } = isOneOf('ModelPackageArn', rest);
    conditions.push([condition]);
    rest = later;
  }
  return conditions;
}

/** The part of the filter that is applied exactly, by Search together with the whole records' times. */
export function exactVersionFilter(filter: VersionFilter): VersionFilter {
  const exact: VersionFilter = Object.fromEntries(Object.entries(filter).filter(([key]) => EXACT.has(key)));
  const times = TIMES.flatMap((key) => (exact[key] === undefined ? [] : [[key, withinYears(exact[key])] as const]));
  return { ...exact, ...Object.fromEntries(times) };
}

const COUNTABLE: ReadonlySet<string> = new Set<keyof VersionFilter>([
  'nativeIds',
  'approvalStatuses',
  'approvalStatusExplicit',
  'registrationStatuses',
  'stages',
]);

const TIMES = ['createdAfter', 'createdBefore', 'updatedAfter', 'updatedBefore'] as const;

const EXACT: ReadonlySet<string> = new Set<string>([...COUNTABLE, ...TIMES]);

function stageCondition(stages: readonly string[]): Condition {
  const { condition, rest } = isOneOf(
    'ModelLifeCycle.Stage',
    [...new Set(stages)].filter((stage) => STAGE_NAME.test(stage)),
  );
  return rest.length === 0 ? condition : [exists('ModelLifeCycle.Stage')];
}

function versionArns(nativeIds: readonly string[]): readonly string[] {
  return [...new Set(nativeIds)].filter((id) => {
    const arn = parseArn(id);
    return arn !== null && isVersionArn(arn);
  });
}
