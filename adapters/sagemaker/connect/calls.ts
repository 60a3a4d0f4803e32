import { policyTree, type Resource, redriveOf, type Stack, spelled, type Tree } from './resources.js';

/** One call of an AWS SDK, by the name of its operation. Each may be repeated. */
export interface AwsCall {
  readonly service: 'sqs' | 'events' | 'iam';
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What makes a stack, in this order, by calls: for trying it out, where there is no Terraform. */
export function callsOf(stack: Stack): readonly AwsCall[] {
  const { partition, account, region, resources } = stack;
  const arnOf = (id: string): string => {
    const found = resources.find((resource) => resource.id === id);
    if (found?.kind === 'queue') return `arn:${partition}:sqs:${region}:${account}:${found.name}`;
    if (found?.kind === 'role') return `arn:${partition}:iam::${account}:role/${found.name}`;
    throw new Error(`Nothing refers to ${id}.`);
  };
  const json = (tree: Tree) => spelled(tree, arnOf);
  const text = (tree: Tree) => JSON.stringify(json(tree));

  const ofResource = (resource: Resource): readonly AwsCall[] => {
    switch (resource.kind) {
      case 'queue': {
        const Attributes = {
          MessageRetentionPeriod: String(resource.keepSeconds),
          VisibilityTimeout: String(resource.hiddenSeconds),
          SqsManagedSseEnabled: 'true',
          Policy: text(policyTree(resource.policy)),
          ...(resource.deadLetters === undefined ? {} : { RedrivePolicy: text(redriveOf(resource.deadLetters)) }),
        };
        return [{ service: 'sqs', operation: 'CreateQueue', input: { QueueName: resource.name, Attributes } }];
      }
      case 'rule': {
        const { name: Name, description: Description } = resource;
        const target = {
          Id: 'registrar',
          Arn: json(resource.target),
          ...(resource.role === undefined ? {} : { RoleArn: json(resource.role) }),
          RetryPolicy: {
            MaximumEventAgeInSeconds: resource.retry.maxAgeSeconds,
            MaximumRetryAttempts: resource.retry.attempts,
          },
          DeadLetterConfig: { Arn: json(resource.deadLetters) },
        };
        return [
          {
            service: 'events',
            operation: 'PutRule',
            input: { Name, Description, EventPattern: text(resource.pattern) },
          },
          { service: 'events', operation: 'PutTargets', input: { Rule: Name, Targets: [target] } },
        ];
      }
      case 'role': {
        const { name: RoleName } = resource;
        const AssumeRolePolicyDocument = text(policyTree(resource.trust));
        const PolicyDocument = text(policyTree(resource.policy));
        return [
          { service: 'iam', operation: 'CreateRole', input: { RoleName, AssumeRolePolicyDocument } },
          { service: 'iam', operation: 'PutRolePolicy', input: { RoleName, PolicyName: RoleName, PolicyDocument } },
        ];
      }
      case 'bus-permission': {
        const StatementId = `registrar-${resource.account}`;
        const input = { EventBusName: 'default', Action: 'events:PutEvents', Principal: resource.account, StatementId };
        return [{ service: 'events', operation: 'PutPermission', input }];
      }
    }
  };
  return resources.flatMap(ofResource);
}
