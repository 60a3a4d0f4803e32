import type { ChangeHint } from '../../src/domain/change-source.js';
import { groupNameOf, isVersionArn, parseArn, versionNumber } from './arns.js';
import { type SageMakerEvent, textOf, toTime } from './event.js';
import type { Owner } from './event-owners.js';

export const PACKAGE_EVENT = 'SageMaker Model Package State Change';
/** SageMaker itself tells nothing of groups; where the account has a trail, CloudTrail does. */
export const TRAIL_EVENT = 'AWS API Call via CloudTrail';
export const GROUP_CALLS = ['CreateModelPackageGroup', 'DeleteModelPackageGroup', 'AddTags', 'DeleteTags'] as const;

/** What an event is about; `{}`: something in the registry; null: nothing that a registry shows. */
type Subject = { readonly name?: string; readonly version?: string } | null;

/** One hint for each registry that shows what the event is about. It says where to look, and nothing of what will be there. */
export function hintsOf(event: SageMakerEvent, owners: readonly Owner[], messageId: string): readonly ChangeHint[] {
  const subject = subjectOf(event);
  if (subject === null) return [];
  const { name, version } = subject;
  const dedupeKey = dedupeKeyOf(event, messageId);
  return owners.map(({ registryId, ownerAccount }) => {
    const owner = ownerAccount === undefined ? {} : { ownerAccount };
    return {
      registryId,
      dedupeKey,
      ...(name === undefined
        ? {}
        : { entity: { registryId, ...owner, name, ...(version === undefined ? {} : { version }) } }),
      ...(event.occurredAt === undefined ? {} : { occurredAt: event.occurredAt }),
    };
  });
}

function subjectOf(event: SageMakerEvent): Subject {
  if (event.type === PACKAGE_EVENT) return packageOf(event);
  return event.type === TRAIL_EVENT ? groupOf(event.detail) : null;
}

/** The ARN has the name of the group in lower case, which may be another group's: it tells the number, and never the name. */
function packageOf(event: SageMakerEvent): Subject {
  const arn = parseArn(arnOf(event) ?? '');
  const isVersion = arn !== null && isVersionArn(arn);
  const name = textOf(event.detail['ModelPackageGroupName']);
  if (name === undefined) return isVersion ? {} : null;
  const number = event.detail['ModelPackageVersion'] ?? (isVersion ? arn.resource.split('/').at(-1) : undefined);
  const version = String(number);
  return versionNumber(version) === null ? { name } : { name, version };
}

function groupOf(detail: SageMakerEvent['detail']): Subject {
  const call = detail['eventName'];
  // A call that failed has changed nothing.
  if (!GROUP_CALLS.some((name) => name === call) || detail['errorCode'] != null) return null;
  const { modelPackageGroupName, resourceArn } = (detail['requestParameters'] ?? {}) as Readonly<
    Record<string, unknown>
  >;
  const named = textOf(modelPackageGroupName) ?? textOf(resourceArn);
  if (named === undefined) return null;
  const arn = parseArn(named);
  const name = arn === null ? (named === textOf(resourceArn) ? null : named) : groupNameOf(arn);
  return name === null ? null : { name };
}

/** SageMaker may send several events for one change, under different ids. */
function dedupeKeyOf(event: SageMakerEvent, messageId: string): string {
  const { detail, id } = event;
  const arn = arnOf(event);
  const modified = toTime(detail['LastModifiedTime']);
  const { Stage, StageStatus } = (detail['ModelLifeCycle'] ?? {}) as Readonly<Record<string, unknown>>;
  const known = [arn, modified, detail['ModelApprovalStatus'], Stage, StageStatus, detail['ModelPackageStatus']];
  const isOfPackage = event.type === PACKAGE_EVENT && arn !== undefined && modified !== undefined;
  return known
    .map((part) => textOf(part) ?? '')
    .concat(isOfPackage ? [] : [id ?? messageId])
    .join(' ');
}

function arnOf({ detail, resources }: SageMakerEvent): string | undefined {
  return textOf(detail['ModelPackageArn']) ?? resources[0];
}
