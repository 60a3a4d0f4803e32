import { describe, expect, it } from 'vitest';
import { sageMakerOptions, sageMakerRegistry } from '../../../adapters/sagemaker/index.js';
import type { ConnectDocument } from '../../../src/domain/connect.js';

const RESEARCH = '111122223333';
const PRODUCTION = '444455556666';
const QUEUE = `https://sqs.eu-central-1.amazonaws.com/${RESEARCH}/registrar-events`;

function registry(id: string, options: object) {
  return { id, options: sageMakerOptions.parse({ region: 'eu-central-1', ...options }) };
}

function role(account: string): string {
  return `arn:aws:iam::${account}:role/registrar`;
}

const research = registry('research', { roleArn: role(RESEARCH), events: { queueUrl: QUEUE } });
const production = registry('production', {
  region: 'eu-west-1',
  roleArn: role(PRODUCTION),
  events: { queueUrl: QUEUE },
});

function documents(...registries: readonly ReturnType<typeof registry>[]): readonly ConnectDocument[] {
  return sageMakerRegistry.connect(registries).flatMap((plan) => plan.documents);
}

function textOf(found: readonly ConnectDocument[], fileName: string): string {
  const document = found.find((candidate) => candidate.fileName === fileName);
  if (document === undefined) throw new Error(`There is no ${fileName} among ${found.map((each) => each.fileName)}.`);
  return document.text;
}

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>>;
  readonly Outputs?: unknown;
}

interface Policy {
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Action: readonly string[];
    readonly Resource: unknown;
    readonly Condition?: unknown;
  }[];
}

function templates(found: readonly ConnectDocument[]): readonly Template[] {
  return found.filter(({ format }) => format === 'cloudformation').map(({ text }) => JSON.parse(text) as Template);
}

function policy(found: readonly ConnectDocument[], fileName: string): Policy {
  return JSON.parse(textOf(found, fileName)) as Policy;
}

describe('what connects SageMaker', () => {
  const all = documents(research, production);

  it('has a name of its own for each document', () => {
    const names = all.map(({ fileName }) => fileName);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        `registrar-events-${RESEARCH}-eu-central-1.tf`,
        `registrar-events-${PRODUCTION}-eu-west-1.template.json`,
        'research-read.json',
        'production-trust.json',
        'registrar-gateway.json',
      ]),
    );
  });

  it('is a plan for each queue and for each registry', () => {
    const plans = sageMakerRegistry.connect([research, production]);
    expect(plans.map(({ registryIds }) => registryIds)).toEqual([
      ['research', 'production'],
      ['research'],
      ['production'],
      ['research', 'production'],
    ]);
  });

  it('is CloudFormation in which every reference leads somewhere, and nothing is made that AWS does not know', () => {
    for (const { Resources, Outputs } of templates(all)) {
      const made = Object.keys(Resources);
      const referred = references({ Resources, Outputs });
      expect(referred.length).toBeGreaterThan(0);
      expect(made).toEqual(expect.arrayContaining([...referred]));
      for (const id of made) expect(id).toMatch(/^[A-Za-z0-9]+$/);
      for (const { Type, Properties } of Object.values(Resources)) {
        expect(Object.keys(PROPERTIES)).toContain(Type);
        expect(PROPERTIES[Type]).toEqual(expect.arrayContaining(Object.keys(Properties)));
      }
    }
    expect(templates(all).map(({ Resources }) => Object.values(Resources).map(({ Type }) => Type))).toEqual([
      [
        'AWS::SQS::Queue',
        'AWS::SQS::QueuePolicy',
        'AWS::SQS::Queue',
        'AWS::SQS::QueuePolicy',
        'AWS::Events::EventBusPolicy',
        'AWS::Events::Rule',
      ],
      ['AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'AWS::IAM::Role', 'AWS::Events::Rule'],
    ]);
  });

  it('is Terraform with balanced brackets and whole texts, in which every address is that of a resource', () => {
    for (const { text } of all.filter(({ format }) => format === 'terraform')) {
      expect(unbalanced(text)).toBeNull();
      const made = [...text.matchAll(/^resource "(\w+)" "(\w+)" \{$/gm)].map(([, type, label]) => `${type}.${label}`);
      const named = [...bare(text).matchAll(/\b(aws_\w+\.\w+)\.(?:arn|url|id|name)\b/g)].map(([, address]) => address);
      expect(new Set(made).size).toBe(made.length);
      expect(made).toEqual(expect.arrayContaining(named));
      expect(named.length).toBeGreaterThan(4);
    }
  });

  it('says the same in both languages', () => {
    const [home] = templates(all);
    const rule = home?.Resources['SageMaker']?.Properties as { EventPattern: Record<string, unknown> };
    const text = textOf(all, `registrar-events-${RESEARCH}-eu-central-1.tf`);
    expect(rule.EventPattern).toMatchObject({
      source: ['aws.sagemaker'],
      account: [RESEARCH, PRODUCTION],
      region: ['eu-central-1', 'eu-west-1'],
    });
    expect(text).toContain(`"account" = ["${RESEARCH}", "${PRODUCTION}"]`);
    expect(text).toContain('"maxReceiveCount" = 10');
    expect(JSON.stringify(home)).toContain('"maxReceiveCount":10');
    for (const written of [text, JSON.stringify(home)]) {
      expect(written).toContain(`arn:aws:events:eu-central-1:${RESEARCH}:rule/registrar-events`);
    }
  });

  it('keeps a text from being taken for a template', () => {
    const prefixed = registry('r', {
      roleArn: role(RESEARCH),
      events: { queueUrl: QUEUE },
      reports: { buckets: ['models/{model}/'] },
    });
    const text = textOf(documents(prefixed), `registrar-events-${RESEARCH}-eu-central-1.tf`);
    expect(text).not.toMatch(/(?<!\$)\$\{/);
    expect(text).toContain('"$or" = [');
  });

  it('gives a registry without a queue one of its own, and says what to add to the config', () => {
    const found = documents(registry('china', { region: 'cn-north-1', roleArn: `arn:aws-cn:iam::${RESEARCH}:role/r` }));
    expect(textOf(found, 'china-events.yaml')).toContain(
      `queueUrl: https://sqs.cn-north-1.amazonaws.com.cn/${RESEARCH}/registrar-events`,
    );
    expect(textOf(found, `registrar-events-${RESEARCH}-cn-north-1.tf`)).toContain('arn:aws-cn:events:cn-north-1');
  });

  it.each<[string, ReturnType<typeof registry>, RegExp]>([
    ['an account that only AWS knows', registry('chain', { events: { queueUrl: QUEUE } }), /accountId/],
    [
      'a queue whose URL does not say where it is',
      registry('odd', { roleArn: role(RESEARCH), events: { queueUrl: 'https://queues.example.com/events' } }),
      /ends with the account and the name/,
    ],
    [
      'a queue that keeps an order',
      registry('fifo', { roleArn: role(RESEARCH), events: { queueUrl: `${QUEUE}.fifo` } }),
      /standard queue/,
    ],
  ])('refuses %s', (_, given, expected) => {
    expect(() => documents(given)).toThrow(expected);
  });
});

describe('permissions', () => {
  const given = registry('prod', {
    roleArn: role(PRODUCTION),
    externalId: 'from-the-owner',
    passCaller: true,
    sessionTags: { team: 'mlops' },
    events: { queueUrl: QUEUE, roleArn: role(RESEARCH) },
    reports: { buckets: ['models/{model}/reports/', 'whole'] },
  });
  const found = documents(given);

  it('to read hold nothing that writes, and stay in the account and Region', () => {
    const { Statement } = policy(found, 'prod-read.json');
    for (const { Sid, Action, Resource } of Statement) {
      expect(
        Action.filter((action) => !/^(sagemaker:(Search|List|Describe)|s3:(GetObject|ListBucket)$)/.test(action)),
      ).toEqual([]);
      if (Sid === 'Find') expect(Resource).toBe('*');
      else expect([Resource].flat().every((arn) => String(arn).startsWith('arn:aws:'))).toBe(true);
    }
    expect(Statement.find(({ Sid }) => Sid === 'ReadReports')?.Resource).toEqual([
      'arn:aws:s3:::models/*/reports/*',
      'arn:aws:s3:::whole/*',
    ]);
    expect(JSON.stringify(Statement)).not.toContain('sagemaker:eu-central-1:*');
  });

  it('reach into other accounts only where groups of theirs are listed', () => {
    const sharing = documents(registry('s', { roleArn: role(RESEARCH), sharedGroups: true }));
    expect(textOf(sharing, 's-read.json')).toContain('arn:aws:sagemaker:eu-central-1:*:model-package/*');
    expect(textOf(sharing, 's-write.json')).not.toContain(':*:');
  });

  it('to act as a role ask for what the options have come along', () => {
    const { Statement } = policy(found, 'prod-trust.json');
    expect(Statement).toMatchObject([
      { Action: ['sts:AssumeRole'], Condition: { StringEquals: { 'sts:ExternalId': 'from-the-owner' } } },
      { Action: ['sts:SetSourceIdentity', 'sts:TagSession'] },
    ]);
    expect(policy(found, 'registrar-gateway.json').Statement).toMatchObject([
      { Resource: [role(PRODUCTION), role(RESEARCH)] },
    ]);
    const plain = documents(registry('plain', { accountId: RESEARCH }));
    expect(plain.map(({ fileName }) => fileName).filter((name) => /trust|gateway/.test(name))).toEqual([]);
  });

  it('to read the queue are for that queue alone', () => {
    const [statement] = policy(found, `registrar-events-${RESEARCH}-eu-central-1-reader.json`).Statement;
    expect(statement?.Resource).toEqual([`arn:aws:sqs:eu-central-1:${RESEARCH}:registrar-events`]);
  });

  it('of a queue that is read from another account stand in its policy', () => {
    const distant = registry('d', {
      roleArn: role(PRODUCTION),
      events: { queueUrl: QUEUE, roleArn: role(PRODUCTION) },
    });
    const [home] = templates(documents(distant));
    expect(JSON.stringify(home?.Resources['EventsPolicy'])).toContain(role(PRODUCTION));
    const [own] = templates(documents(research));
    expect(JSON.stringify(own?.Resources['EventsPolicy'])).not.toContain(':role/');
  });
});

/** What the resource types of CloudFormation have, as far as it is used. */
const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  'AWS::SQS::Queue': [
    'QueueName',
    'MessageRetentionPeriod',
    'VisibilityTimeout',
    'SqsManagedSseEnabled',
    'RedrivePolicy',
  ],
  'AWS::SQS::QueuePolicy': ['Queues', 'PolicyDocument'],
  'AWS::Events::Rule': ['Name', 'Description', 'EventPattern', 'State', 'Targets'],
  'AWS::Events::EventBusPolicy': ['EventBusName', 'StatementId', 'Statement'],
  'AWS::IAM::Role': ['RoleName', 'AssumeRolePolicyDocument', 'Policies'],
};

function references(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(references);
  const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: readonly string[] };
  const [id] = attribute ?? [Ref];
  return [...(id === undefined ? [] : [id]), ...Object.values(value).flatMap(references)];
}

/** Without its texts. */
function bare(text: string): string {
  return text.replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""').replaceAll(/^#.*$/gm, '');
}

/** What does not match, e.g. `}` for a bracket without its other half; null where all does. */
function unbalanced(text: string): string | null {
  const open: string[] = [];
  const closing: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
  const left = bare(text);
  if (left.replaceAll('""', '').includes('"')) return '"';
  for (const character of left) {
    if ('([{'.includes(character)) open.push(character);
    else if (character in closing && open.pop() !== closing[character]) return character;
  }
  return open.at(-1) ?? null;
}
