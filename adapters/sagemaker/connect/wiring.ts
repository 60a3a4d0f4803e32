import { InvalidInputError } from '../../../src/domain/errors.js';
import { accountOfRole } from '../../shared/aws-client.js';
import { partitionOf } from '../arns.js';
import { GROUP_CALLS, PACKAGE_EVENT, TRAIL_EVENT } from '../event-hints.js';
import type { ConfiguredRegistry } from '../event-owners.js';
import { configuredAccount } from '../options.js';
import { placeOfQueue, type QueuePlan } from '../queue-access.js';
import { QUEUE_ACTIONS, type Resource, type RuleResource, type Stack, type Statement, type Tree } from './resources.js';

// EventBridge as AWS says it is to be used: a rule on the default bus of the queue's own account and Region feeds the queue. Elsewhere a rule hands the events
// on to that bus, which keeps the account and Region that they are of.

interface EventPlace {
  readonly account: string;
  readonly region: string;
}

const KEEP_SECONDS = 4 * 24 * 3600;
const KEEP_DEAD_SECONDS = 14 * 24 * 3600;
const HIDDEN_SECONDS = 60;
/** With the pauses that the gateway makes, about two hours. */
const DELIVERIES = 10;
/** The most that EventBridge does; it would do otherwise on buses of another kind. */
const RETRY = { attempts: 185, maxAgeSeconds: 24 * 3600 };

/** @throws InvalidInputError where the options do not say where something is. */
export function stacksOf({ url, access, registries }: QueuePlan): readonly Stack[] {
  const queue = { ...placeOfQueue(url), region: access.region };
  const places = [...new Map(registries.map(placeOf).map((place) => [keyOf(place), place])).values()];
  const remote = places.filter((place) => keyOf(place) !== keyOf(queue));
  const names = registries.map(({ id }) => id).join(', ');
  return [
    homeStack(queue, places, names, strangerOf(access, queue)),
    ...remote.map((place) => forwardStack(place, queue, names)),
  ];
}

/** @throws InvalidInputError where only AWS could say. */
export function placeOf({ id, options }: ConfiguredRegistry): EventPlace {
  const account = configuredAccount(options);
  if (account !== undefined) return { account, region: options.region };
  throw new InvalidInputError(
    `Which account registry ${id} is in is not in the config. Give it the option accountId, or roleArn.`,
  );
}

function homeStack(
  queue: EventPlace & { readonly name: string },
  places: readonly EventPlace[],
  names: string,
  reader: string | null,
): Stack {
  const { account, region, name } = queue;
  const partition = partitionOf(region);
  const deadLetters = deadLettersOf(name, ruleArn(partition, queue, name));
  const strangers = [...new Set(places.map((place) => place.account))].filter((each) => each !== account);
  return {
    partition,
    account,
    region,
    title: `Events of SageMaker for the registries ${names}`,
    fileBase: `${name}-${account}-${region}`,
    output: 'Events',
    resources: [
      deadLetters,
      {
        kind: 'queue',
        id: 'Events',
        name,
        keepSeconds: KEEP_SECONDS,
        hiddenSeconds: HIDDEN_SECONDS,
        deadLetters: { queue: { arnOf: deadLetters.id }, afterDeliveries: DELIVERIES },
        policy: [
          fromRule('Events', ruleArn(partition, queue, name)),
          ...(reader === null ? [] : [forReader('Events', reader)]),
        ],
      },
      ...strangers.map(
        (each): Resource => ({
          kind: 'bus-permission',
          id: `From${each}`,
          account: each,
          bus: busArn(partition, queue),
        }),
      ),
      ruleOf(name, places, { target: { arnOf: 'Events' }, description: 'Tells Registrar of changes of models.' }),
    ],
  };
}

function forwardStack(place: EventPlace, queue: EventPlace & { readonly name: string }, names: string): Stack {
  const { account, region } = place;
  const partition = partitionOf(region);
  const bus = busArn(partition, queue);
  const description = `Hands changes of models on to Registrar in account ${queue.account}, ${queue.region}.`;
  return {
    partition,
    account,
    region,
    title: `Hands events of SageMaker on to account ${queue.account} in ${queue.region}, for the registries ${names}`,
    fileBase: `${queue.name}-${account}-${region}`,
    resources: [
      deadLettersOf(queue.name, ruleArn(partition, place, queue.name)),
      {
        kind: 'role',
        id: 'HandOn',
        // Roles are of all Regions.
        name: `${queue.name}-${region}`.slice(0, 64),
        trust: [
          {
            Sid: 'EventBridge',
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: ['sts:AssumeRole'],
            Condition: { StringEquals: { 'aws:SourceAccount': account } },
          },
        ],
        policy: [{ Sid: 'HandOn', Effect: 'Allow', Action: ['events:PutEvents'], Resource: bus }],
      },
      { ...ruleOf(queue.name, [place], { target: bus, description }), role: { arnOf: 'HandOn' } },
    ],
  };
}

function deadLettersOf(name: string, rule: string) {
  return {
    kind: 'queue',
    id: 'DeadLetters',
    name: `${name}-dead`,
    keepSeconds: KEEP_DEAD_SECONDS,
    hiddenSeconds: HIDDEN_SECONDS,
    policy: [fromRule('DeadLetters', rule)],
  } as const;
}

function ruleOf(
  name: string,
  places: readonly EventPlace[],
  rest: Pick<RuleResource, 'target' | 'description'>,
): RuleResource {
  return {
    kind: 'rule',
    id: 'SageMaker',
    name,
    pattern: patternOf(places),
    deadLetters: { arnOf: 'DeadLetters' },
    retry: RETRY,
    ...rest,
  };
}

/** Of groups CloudTrail alone tells, where the account has a trail. */
function patternOf(places: readonly EventPlace[]): Tree {
  const [create, remove, ...tagging] = GROUP_CALLS;
  const group = { wildcard: 'arn:*:model-package-group/*' };
  return {
    source: ['aws.sagemaker'],
    account: [...new Set(places.map(({ account }) => account))],
    region: [...new Set(places.map(({ region }) => region))],
    $or: [
      { 'detail-type': [PACKAGE_EVENT] },
      { 'detail-type': [TRAIL_EVENT], detail: { eventName: [create, remove] } },
      {
        'detail-type': [TRAIL_EVENT],
        detail: { eventName: tagging, requestParameters: { resourceArn: [group] } },
      },
    ],
  };
}

function fromRule(queue: string, rule: string): Statement {
  return {
    Sid: 'FromRule',
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: ['sqs:SendMessage'],
    Resource: { arnOf: queue },
    Condition: { ArnEquals: { 'aws:SourceArn': rule } },
  };
}

/** Within an account the role's own policy is enough. */
function strangerOf({ roleArn }: QueuePlan['access'], { account }: EventPlace): string | null {
  return roleArn === undefined || accountOfRole(roleArn) === account ? null : roleArn;
}

function forReader(queue: string, role: string): Statement {
  return {
    Sid: 'ForGateway',
    Effect: 'Allow',
    Principal: { AWS: role },
    Action: QUEUE_ACTIONS,
    Resource: { arnOf: queue },
  };
}

function ruleArn(partition: string, { account, region }: EventPlace, name: string): string {
  return `arn:${partition}:events:${region}:${account}:rule/${name}`;
}

function busArn(partition: string, { account, region }: EventPlace): string {
  return `arn:${partition}:events:${region}:${account}:event-bus/default`;
}

function keyOf({ account, region }: EventPlace): string {
  return `${account} ${region}`;
}
