import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SageMakerAccount } from './sagemaker-account.js';

/** A queue of the emulator that EventBridge fills with what SageMaker tells in an account. */
export interface EventQueue extends Disposable {
  readonly url: string;
  send(body: string | object): Promise<void>;
  /** Messages that are shown, and messages that are hidden. */
  counts(): Promise<{ readonly shown: number; readonly hidden: number }>;
  /** Bodies of what ended as a dead letter. */
  deadLetters(): Promise<readonly string[]>;
  /** Has the events of another account come here, too. */
  feedFrom(account: SageMakerAccount): Promise<void>;
  remove(): Promise<void>;
}

export interface EventQueueOptions {
  /** Null: no queue for dead letters. */
  readonly maxReceiveCount: number | null;
  readonly name?: string;
}

export async function createEventQueue(
  engine: { readonly endpoint: string; readonly region: string },
  account: SageMakerAccount,
  { maxReceiveCount, name = 'registrar-events' }: EventQueueOptions,
): Promise<EventQueue> {
  const config = (of: SageMakerAccount) => ({ ...engine, credentials: of.client.config.credentials });
  const sqs = new SQSClient(config(account));
  const create = async (QueueName: string, Attributes: Record<string, string> = {}) => {
    const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    return { url, arn: `arn:aws:sqs:${engine.region}:${account.id}:${QueueName}` };
  };
  const dead = await create(`${name}-dead`);
  const redrive = { deadLetterTargetArn: dead.arn, maxReceiveCount };
  const queue = await create(name, maxReceiveCount === null ? {} : { RedrivePolicy: JSON.stringify(redrive) });

  const feedFrom = async (source: SageMakerAccount) => {
    const events = new EventBridgeClient(config(source));
    const EventPattern = JSON.stringify({ source: ['aws.sagemaker'] });
    await events.send(new PutRuleCommand({ Name: name, EventPattern }));
    await events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: 'queue', Arn: queue.arn }] }));
    events.destroy();
  };
  await feedFrom(account);

  return {
    url: queue.url,
    feedFrom,
    async send(body) {
      const MessageBody = typeof body === 'string' ? body : JSON.stringify(body);
      await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody }));
    },
    async counts() {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['All'] }),
      );
      const { ApproximateNumberOfMessages = '0', ApproximateNumberOfMessagesNotVisible = '0' } = Attributes;
      return {
        shown: Number(ApproximateNumberOfMessages),
        hidden: Number(ApproximateNumberOfMessagesNotVisible),
      };
    },
    async deadLetters() {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: dead.url, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
      );
      return Messages.map(({ Body = '' }) => Body);
    },
    async remove() {
      await sqs.send(new DeleteQueueCommand({ QueueUrl: queue.url }));
    },
    [Symbol.dispose]: () => sqs.destroy(),
  };
}
