import type { ConnectDocument, ConnectPlan } from '../../../src/domain/connect.js';
import { partitionOf } from '../arns.js';
import type { ConfiguredRegistry } from '../event-owners.js';
import { type QueuePlan, queuesOf } from '../queue-access.js';
import { type AwsCall, callsOf } from './calls.js';
import { cloudFormationOf } from './cloudformation.js';
import {
  gatewayStatements,
  policyText,
  queueStatements,
  readStatements,
  trustStatements,
  writeStatements,
} from './iam.js';
import { terraformOf } from './terraform.js';
import { placeOf, stacksOf } from './wiring.js';

export type { AwsCall } from './calls.js';

const QUEUE = 'registrar-events';

/**
 * The queues of a config with what fills them, and the permissions that it all needs. Nothing is applied from here: what may make rules and roles is not what
 * the gateway should run as.
 */
export function connectSageMaker(registries: readonly ConfiguredRegistry[]): readonly ConnectPlan[] {
  const queues = plannedQueues(registries);
  const gateway = gatewayStatements(registries, queues);
  return [
    ...queues.map((queue) => ({
      registryIds: queue.registries.map(({ id }) => id),
      documents: [...queue.registries.flatMap(missingOption), ...eventDocuments(queue)],
    })),
    ...registries.map((registry) => ({ registryIds: [registry.id], documents: registryDocuments(registry) })),
    ...(gateway.length === 0
      ? []
      : [{ registryIds: registries.map(({ id }) => id), documents: [iam('registrar-gateway', gateway)] }]),
  ];
}

/** What fills the queues, as calls in each account and Region. */
export function eventCalls(
  registries: readonly ConfiguredRegistry[],
): readonly { readonly account: string; readonly region: string; readonly calls: readonly AwsCall[] }[] {
  return plannedQueues(registries)
    .flatMap(stacksOf)
    .map((stack) => ({ account: stack.account, region: stack.region, calls: callsOf(stack) }));
}

interface PlannedQueue extends QueuePlan {
  /** As the config has them, which may name no queue yet. */
  readonly registries: readonly ConfiguredRegistry[];
}

/** A registry without a queue gets one of its own. */
function plannedQueues(registries: readonly ConfiguredRegistry[]): readonly PlannedQueue[] {
  const asWritten = new Map(registries.map((registry) => [registry.id, registry]));
  const listening = registries.map((registry) => {
    const { options } = registry;
    return { ...registry, options: { ...options, events: options.events ?? { queueUrl: queueUrlFor(registry) } } };
  });
  return queuesOf(listening).map((plan) => ({
    ...plan,
    registries: plan.registries.map((registry) => asWritten.get(registry.id) ?? registry),
  }));
}

function queueUrlFor(registry: ConfiguredRegistry): string {
  const { account, region } = placeOf(registry);
  const domain = partitionOf(region) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://sqs.${region}.${domain}/${account}/${QUEUE}`;
}

function missingOption(registry: ConfiguredRegistry): readonly ConnectDocument[] {
  if (registry.options.events !== undefined) return [];
  const text = `# Add this to the options of registry ${registry.id}, once the queue is there.\nevents:\n  queueUrl: ${queueUrlFor(registry)}\n`;
  return [{ format: 'config', fileName: `${registry.id}-events.yaml`, text }];
}

function eventDocuments(queue: PlannedQueue): readonly ConnectDocument[] {
  const stacks = stacksOf(queue);
  const [home] = stacks;
  return [
    ...stacks.flatMap((stack) => [
      { format: 'terraform', fileName: `${stack.fileBase}.tf`, text: terraformOf(stack) },
      { format: 'cloudformation', fileName: `${stack.fileBase}.template.json`, text: cloudFormationOf(stack) },
    ]),
    ...(home === undefined ? [] : [iam(`${home.fileBase}-reader`, queueStatements(queue))]),
  ];
}

function registryDocuments(registry: ConfiguredRegistry): readonly ConnectDocument[] {
  const { id, options } = registry;
  return [
    iam(`${id}-read`, readStatements(registry)),
    iam(`${id}-write`, writeStatements(registry)),
    ...(options.roleArn === undefined ? [] : [iam(`${id}-trust`, trustStatements(registry))]),
  ];
}

function iam(name: string, statements: Parameters<typeof policyText>[0]): ConnectDocument {
  return { format: 'iam', fileName: `${name}.json`, text: policyText(statements) };
}
