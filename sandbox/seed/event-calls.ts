import {
  EventBridgeClient,
  type EventBridgeClientConfig,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import type { AwsCall } from '../../adapters/sagemaker/index.js';

type Place = Pick<SQSClientConfig, 'endpoint' | 'region' | 'credentials'> &
  Pick<EventBridgeClientConfig, 'endpoint' | 'region' | 'credentials'>;

/** Makes rules and queues by the calls that `registrar connect sagemaker` describes as Terraform. What is there already stays as it is. */
export async function makeCalls(calls: readonly AwsCall[], config: Place): Promise<void> {
  const sqs = new SQSClient(config);
  const events = new EventBridgeClient(config);
  try {
    for (const call of calls) await make(call, sqs, events);
  } finally {
    sqs.destroy();
    events.destroy();
  }
}

async function make({ service, operation, input }: AwsCall, sqs: SQSClient, events: EventBridgeClient): Promise<void> {
  // The shapes are those of the SDK: the calls are made of them.
  const given = input as never;
  if (operation === 'CreateQueue') await sqs.send(new CreateQueueCommand(given));
  else if (operation === 'PutRule') await events.send(new PutRuleCommand(given));
  else if (operation === 'PutTargets') await events.send(new PutTargetsCommand(given));
  else if (operation === 'PutPermission') await events.send(new PutPermissionCommand(given));
  // The emulator hands events on in nobody's name: no role has to be there.
  else if (service !== 'iam') throw new Error(`${service} ${operation} is not known here.`);
}
