import { describe, expect, it } from 'vitest';
import { readMessage, toTime } from '../../../adapters/sagemaker/event.js';
import { hintsOf } from '../../../adapters/sagemaker/event-hints.js';
import type { ChangeHint } from '../../../src/domain/change-source.js';

const ARN = 'arn:aws:sagemaker:eu-west-1:123456789012:model-package/card-fraud/12';
const GROUP_ARN = 'arn:aws:sagemaker:eu-west-1:123456789012:model-package-group/Card-Fraud';

// As the Developer Guide has it.
const EVENT = {
  version: '0',
  id: '844e2571-85d4-695f-b930-0153b71dcb42',
  'detail-type': 'SageMaker Model Package State Change',
  source: 'aws.sagemaker',
  account: '123456789012',
  time: '2026-09-01T08:00:01Z',
  region: 'eu-west-1',
  resources: [ARN],
  detail: {
    ModelPackageGroupName: 'Card-Fraud',
    ModelPackageVersion: 12,
    ModelPackageArn: ARN,
    LastModifiedTime: '2026-09-01T08:00:00.123Z',
    ModelPackageStatus: 'Completed',
    ModelApprovalStatus: 'Approved',
    ModelLifeCycle: { Stage: 'Production', StageStatus: 'Live' },
    UpdatedModelPackageFields: ['CustomerMetadataProperties'],
  },
};

function trail(eventName: string, requestParameters: object, more: object = {}) {
  return {
    ...EVENT,
    'detail-type': 'AWS API Call via CloudTrail',
    resources: [],
    detail: { eventSource: 'sagemaker.amazonaws.com', eventName, requestParameters, ...more },
  };
}

function hints(event: object): readonly ChangeHint[] {
  const read = readMessage(JSON.stringify(event));
  if (read.kind !== 'sagemaker') throw new Error(`It was read as ${read.kind}.`);
  return hintsOf(read.event, [{ registryId: 'prod' }], 'message-1');
}

function entityOf(event: object) {
  return hints(event).map(({ entity }) => entity);
}

const detail = (more: object) => ({ ...EVENT, detail: { ...EVENT.detail, ...more } });
const version = { registryId: 'prod', name: 'Card-Fraud', version: '12' };

describe('an event of a model package', () => {
  it('is a hint to look at the version', () => {
    expect(hints(EVENT)).toEqual([
      {
        registryId: 'prod',
        entity: version,
        occurredAt: '2026-09-01T08:00:00.123Z',
        dedupeKey: `${ARN} 2026-09-01T08:00:00.123Z Approved Production Live Completed`,
      },
    ]);
  });

  it.each<[string, object]>([
    ['the source in a list', { ...EVENT, source: ['aws.sagemaker'] }],
    ['no account and no Region', (({ account: _, region: __, ...rest }) => rest)(EVENT)],
    ['no version but in the ARN', detail({ ModelPackageVersion: undefined })],
    ['a version as text', detail({ ModelPackageVersion: '12' })],
    ['times since 1970', { ...detail({ LastModifiedTime: 1_788_249_600_123 }), time: '1788249600123' }],
    ['what SNS puts around it', { Type: 'Notification', Message: JSON.stringify(EVENT) }],
  ])('may have %s', (_, event) => {
    expect(entityOf(event)).toEqual([version]);
    expect(hints(event)[0]?.dedupeKey).toBe(hints(EVENT)[0]?.dedupeKey);
    expect(hints(event)[0]?.occurredAt).toBe('2026-09-01T08:00:00.123Z');
  });

  it('never takes the name from the ARN, which has another spelling', () => {
    expect(entityOf(detail({ ModelPackageGroupName: undefined }))).toEqual([undefined]);
    expect(entityOf({ ...EVENT, resources: [GROUP_ARN], detail: { ModelPackageGroupName: 'Card-Fraud' } })).toEqual([
      { registryId: 'prod', name: 'Card-Fraud' },
    ]);
  });

  it('is of no interest where the package is no version', () => {
    const arn = 'arn:aws:sagemaker:eu-west-1:123456789012:model-package/from-the-marketplace';
    expect(hints({ ...EVENT, resources: [arn], detail: { ModelPackageArn: arn, ModelPackageName: 'x' } })).toEqual([]);
  });

  it.each<[string, object]>([
    ['time', { LastModifiedTime: '2026-09-01T08:00:00.124Z' }],
    ['status', { ModelApprovalStatus: 'Rejected' }],
    ['stage', { ModelLifeCycle: { Stage: 'Retired', StageStatus: 'Live' } }],
    ['status of the stage', { ModelLifeCycle: { Stage: 'Production', StageStatus: 'Paused' } }],
    ['status of the package', { ModelPackageStatus: 'Deleting' }],
    ['version', { ModelPackageArn: ARN.replace('12', '13') }],
  ])('is another word with another %s', (_, change) => {
    expect(hints(detail(change))[0]?.dedupeKey).not.toBe(hints(EVENT)[0]?.dedupeKey);
  });

  it('is the same word under another id, and goes by its id where it has no time', () => {
    const other = { id: 'another' };
    const key = (event: object) => hints(event)[0]?.dedupeKey;
    expect(key({ ...EVENT, ...other })).toBe(key(EVENT));
    const timeless = detail({ LastModifiedTime: undefined });
    expect(key({ ...timeless, ...other })).not.toBe(key(timeless));
    expect(key({ ...timeless, id: undefined })).toContain('message-1');
  });

  it('is one hint for each registry that shows it', () => {
    const read = readMessage(JSON.stringify(EVENT));
    if (read.kind !== 'sagemaker') throw new Error('It is an event of SageMaker.');
    const owners = [{ registryId: 'a' }, { registryId: 'b', ownerAccount: '123456789012' }];
    expect(hintsOf(read.event, owners, 'm').map(({ entity }) => entity)).toEqual([
      { registryId: 'a', name: 'Card-Fraud', version: '12' },
      { registryId: 'b', ownerAccount: '123456789012', name: 'Card-Fraud', version: '12' },
    ]);
  });
});

describe('an event of CloudTrail', () => {
  const model = [{ registryId: 'prod', name: 'Card-Fraud' }];
  it.each<[string, object, readonly unknown[]]>([
    ['CreateModelPackageGroup', { modelPackageGroupName: 'Card-Fraud' }, model],
    ['DeleteModelPackageGroup', { modelPackageGroupName: GROUP_ARN }, model],
    ['AddTags', { resourceArn: GROUP_ARN }, model],
    ['DeleteTags', { resourceArn: GROUP_ARN }, model],
    ['AddTags', { resourceArn: 'arn:aws:sagemaker:eu-west-1:123456789012:endpoint/e' }, []],
    ['AddTags', { resourceArn: 'nonsense' }, []],
    ['CreateModelPackageGroup', {}, []],
    ['CreateEndpoint', { modelPackageGroupName: 'Card-Fraud' }, []],
  ])('%s with %j is about %j', (name, parameters, expected) => {
    expect(entityOf(trail(name, parameters))).toEqual(expected);
  });

  it('about a call that failed is of no interest', () => {
    const refused = { errorCode: 'ValidationException' };
    expect(hints(trail('CreateModelPackageGroup', { modelPackageGroupName: 'Card-Fraud' }, refused))).toEqual([]);
  });
});

it.each(['SageMaker Endpoint State Change', 'SageMaker Model Card State Change', 'Something New'])(
  '%s is of no interest',
  (type) => {
    expect(hints({ ...EVENT, 'detail-type': type })).toEqual([]);
  },
);

it.each<[string, string]>([
  ['no JSON', '<html>'],
  ['nothing', ''],
  ['a number', '7'],
  ['null', 'null'],
  ['a list', '[]'],
  ['no envelope', JSON.stringify(EVENT.detail)],
  ['an envelope without detail', JSON.stringify({ ...EVENT, detail: undefined })],
  ['a notification about something else', JSON.stringify({ Type: 'Notification', Message: 'Hello' })],
  ['an event of nowhere', JSON.stringify({ source: 'aws.sagemaker', 'detail-type': 'x', detail: {} })],
])('%s cannot be read', (_, body) => {
  expect(readMessage(body).kind).toBe('unreadable');
});

it('an event of another service is told apart', () => {
  expect(readMessage(JSON.stringify({ ...EVENT, source: 'aws.ec2' }))).toEqual({ kind: 'other', source: 'aws.ec2' });
});

it.each<[unknown, string | undefined]>([
  ['2026-09-01T08:00:00Z', '2026-09-01T08:00:00.000Z'],
  [1_788_249_600, '2026-09-01T08:00:00.000Z'],
  [1_788_249_600_000, '2026-09-01T08:00:00.000Z'],
  ['1788249600000', '2026-09-01T08:00:00.000Z'],
  ['1788249600.5', '2026-09-01T08:00:00.500Z'],
  ['yesterday', undefined],
  [1e300, undefined],
  [null, undefined],
  [{}, undefined],
])('the time %j is %s', (written, expected) => {
  expect(toTime(written)).toBe(expected);
});
