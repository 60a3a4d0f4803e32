import { policyTree, type Resource, redriveOf, type Stack, spelled, type Tree } from './resources.js';

type Properties = Readonly<Record<string, unknown>>;

/** A template in JSON. */
export function cloudFormationOf(stack: Stack): string {
  const { title, account, region, output } = stack;
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `${title}. To be applied in account ${account}, Region ${region}.`,
    Resources: Object.fromEntries(stack.resources.flatMap(resourcesOf)),
    ...(output === undefined ? {} : { Outputs: { QueueUrl: { Value: { Ref: output } } } }),
  };
  return `${JSON.stringify(template, null, 2)}\n`;
}

function resourcesOf(resource: Resource): readonly (readonly [id: string, resource: Properties])[] {
  const { id } = resource;
  const made = (Type: string, Properties: Properties) => [id, { Type, Properties }] as const;
  switch (resource.kind) {
    case 'queue':
      return [
        made('AWS::SQS::Queue', {
          QueueName: resource.name,
          MessageRetentionPeriod: resource.keepSeconds,
          VisibilityTimeout: resource.hiddenSeconds,
          SqsManagedSseEnabled: true,
          ...(resource.deadLetters === undefined ? {} : { RedrivePolicy: json(redriveOf(resource.deadLetters)) }),
        }),
        [
          `${id}Policy`,
          {
            Type: 'AWS::SQS::QueuePolicy',
            Properties: { Queues: [{ Ref: id }], PolicyDocument: json(policyTree(resource.policy)) },
          },
        ],
      ];
    case 'rule':
      return [
        made('AWS::Events::Rule', {
          Name: resource.name,
          Description: resource.description,
          EventPattern: json(resource.pattern),
          State: 'ENABLED',
          Targets: [
            {
              Id: 'registrar',
              Arn: json(resource.target),
              ...(resource.role === undefined ? {} : { RoleArn: json(resource.role) }),
              RetryPolicy: {
                MaximumEventAgeInSeconds: resource.retry.maxAgeSeconds,
                MaximumRetryAttempts: resource.retry.attempts,
              },
              DeadLetterConfig: { Arn: json(resource.deadLetters) },
            },
          ],
        }),
      ];
    case 'role':
      return [
        made('AWS::IAM::Role', {
          RoleName: resource.name,
          AssumeRolePolicyDocument: json(policyTree(resource.trust)),
          Policies: [{ PolicyName: resource.name, PolicyDocument: json(policyTree(resource.policy)) }],
        }),
      ];
    case 'bus-permission':
      return [
        made('AWS::Events::EventBusPolicy', {
          EventBusName: 'default',
          StatementId: `registrar-${resource.account}`,
          Statement: {
            Effect: 'Allow',
            Principal: { AWS: resource.account },
            Action: 'events:PutEvents',
            Resource: resource.bus,
          },
        }),
      ];
  }
}

function json(tree: Tree): unknown {
  return spelled(tree, (id) => ({ 'Fn::GetAtt': [id, 'Arn'] }));
}
