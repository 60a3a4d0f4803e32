import { partitionOf } from '../arns.js';
import type { ConfiguredRegistry } from '../event-owners.js';
import { placeOfQueue, type QueuePlan } from '../queue-access.js';
import { POLICY_VERSION, QUEUE_ACTIONS, type Statement } from './resources.js';
import { placeOf } from './wiring.js';

/** Whoever runs the gateway puts in what it runs as. */
const GATEWAY = 'REPLACE-WITH-THE-ARN-OF-WHAT-THE-GATEWAY-RUNS-AS';

export function policyText(statements: readonly Statement[]): string {
  return `${JSON.stringify({ Version: POLICY_VERSION, Statement: statements }, null, 2)}\n`;
}

/** What reading a registry takes. */
export function readStatements(registry: ConfiguredRegistry): readonly Statement[] {
  const { options } = registry;
  const own = arnsIn(registry);
  // What is shared has the account of its owner in its ARN, whose policy admits us.
  const shown = options.sharedGroups ? arnsIn(registry, '*') : own;
  return [
    // They know no resource: AWS takes them for all or not at all.
    allow('Find', ['sagemaker:Search', 'sagemaker:ListEndpoints'], '*'),
    allow(
      'ReadModels',
      ['sagemaker:DescribeModelPackageGroup', 'sagemaker:ListModelPackages', 'sagemaker:ListTags'],
      [shown('model-package-group/*')],
    ),
    allow(
      'ReadVersions',
      ['sagemaker:DescribeModelPackage', 'sagemaker:ListModelPackages'],
      [shown('model-package/*')],
    ),
    allow(
      'ReadServing',
      ['sagemaker:DescribeEndpoint', 'sagemaker:DescribeEndpointConfig', 'sagemaker:DescribeModel'],
      [own('endpoint/*'), own('endpoint-config/*'), own('model/*')],
    ),
    ...reportStatements(registry),
  ];
}

/** By what the gateway lets people do: a statement may be left out, and what it is for is then refused. */
export function writeStatements(registry: ConfiguredRegistry): readonly Statement[] {
  const own = arnsIn(registry);
  const models = [own('model-package-group/*')];
  const versions = [own('model-package/*')];
  return [
    allow('DecideStageAndDescribe', ['sagemaker:UpdateModelPackage'], versions),
    allow(
      'CreateAndTagModels',
      ['sagemaker:CreateModelPackageGroup', 'sagemaker:AddTags', 'sagemaker:DeleteTags'],
      models,
    ),
    allow('RegisterVersions', ['sagemaker:CreateModelPackage'], [...models, ...versions]),
    allow('DeleteVersions', ['sagemaker:DeleteModelPackage'], versions),
    allow('DeleteModels', ['sagemaker:DeleteModelPackageGroup'], models),
  ];
}

/** Who may act as the role of a registry. */
export function trustStatements({ options }: ConfiguredRegistry): readonly Statement[] {
  const { externalId, passCaller, sessionTags } = options;
  const also = [
    ...(passCaller ? ['sts:SetSourceIdentity'] : []),
    ...(sessionTags === undefined ? [] : ['sts:TagSession']),
  ];
  const Condition = { StringEquals: { 'sts:ExternalId': externalId ?? '' } };
  return [
    {
      Sid: 'Registrar',
      Effect: 'Allow',
      Principal: { AWS: GATEWAY },
      Action: ['sts:AssumeRole'],
      ...(externalId === undefined ? {} : { Condition }),
    },
    // Nobody gets in by these alone.
    ...(also.length === 0
      ? []
      : [{ Sid: 'Session', Effect: 'Allow', Principal: { AWS: GATEWAY }, Action: also } as const]),
  ];
}

/** What the gateway itself needs in order to act as the roles of the config. */
export function gatewayStatements(
  registries: readonly ConfiguredRegistry[],
  queues: readonly QueuePlan[],
): readonly Statement[] {
  const ofRegistries = registries.flatMap(({ options }) => options.roleArn ?? []);
  const roles = [...new Set([...ofRegistries, ...queues.flatMap(({ access }) => access.roleArn ?? [])])];
  if (roles.length === 0) return [];
  const passing = registries.some(({ options }) => options.passCaller) ? ['sts:SetSourceIdentity'] : [];
  const tagging = registries.some(({ options }) => options.sessionTags !== undefined) ? ['sts:TagSession'] : [];
  return [allow('ActAsRegistryRoles', ['sts:AssumeRole', ...passing, ...tagging], roles)];
}

/** What reading a queue takes. */
export function queueStatements({ url, access }: QueuePlan): readonly Statement[] {
  const { account, name } = placeOfQueue(url);
  const arn = `arn:${partitionOf(access.region)}:sqs:${access.region}:${account}:${name}`;
  return [allow('ReadEvents', QUEUE_ACTIONS, [arn])];
}

function reportStatements({ options }: ConfiguredRegistry): readonly Statement[] {
  const { buckets } = options.reports;
  if (buckets.length === 0) return [];
  const arn = `arn:${partitionOf(options.region)}:s3:::`;
  const objects = buckets.map((place) => `${arn}${place.includes('/') ? `${asPattern(place)}*` : `${place}/*`}`);
  const names = [...new Set(buckets.map((place) => place.split('/')[0] ?? place))];
  return [
    allow('ReadReports', ['s3:GetObject'], objects),
    // Without it a report that is missing looks like one that is forbidden.
    allow(
      'TellMissingReports',
      ['s3:ListBucket'],
      names.map((name) => `${arn}${name}`),
    ),
  ];
}

function asPattern(place: string): string {
  return place.replaceAll('{model}', '*');
}

function arnsIn(registry: ConfiguredRegistry, account = placeOf(registry).account) {
  const { region } = registry.options;
  return (resource: string) => `arn:${partitionOf(region)}:sagemaker:${region}:${account}:${resource}`;
}

function allow(Sid: string, Action: readonly string[], Resource: string | readonly string[]): Statement {
  return { Sid, Effect: 'Allow', Action, Resource };
}
