import {
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { eventCalls, sageMakerOptions } from '../../adapters/sagemaker/index.js';
import { makeCalls } from '../../sandbox/seed/event-calls.js';
import type { SageMakerAccount } from './sagemaker-account.js';

/** A queue of the emulator that EventBridge fills with what SageMaker tells in an account. */
export interface EventQueue extends Disposable {
  readonly url: string;
  send(body: string | object): Promise<void>;
  /** Messages that are shown, and messages that are hidden. */
  counts(): Promise<{ readonly shown: number; readonly hidden: number }>;
  /** Bodies of what ended as a dead letter. */
  deadLetters(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

export interface EventQueueOptions {
  /** Null: no queue for dead letters. */
  readonly maxReceiveCount: number | null;
  readonly name?: string;
  /** Other accounts whose events come here, too. */
  readonly alsoFrom?: readonly SageMakerAccount[];
}

/** Made by the calls that `registrar connect sagemaker` describes. */
export async function createEventQueue(
  engine: { readonly endpoint: string; readonly region: string },
  account: SageMakerAccount,
  { maxReceiveCount, name = 'registrar-events', alsoFrom = [] }: EventQueueOptions,
): Promise<EventQueue> {
  const sources = [account, ...alsoFrom];
  const url = `${engine.endpoint}/${account.id}/${name}`;
  const registries = sources.map(({ id, roleArn }) => ({
    id: `r${id}`,
    options: sageMakerOptions.parse({ ...engine, roleArn, events: { queueUrl: url } }),
  }));
  const config = (of: SageMakerAccount) => ({ ...engine, credentials: of.client.config.credentials });
  for (const { account: place, calls } of eventCalls(registries)) {
    const found = sources.find(({ id }) => id === place);
    if (found !== undefined) await makeCalls(calls, config(found));
  }
  const sqs = new SQSClient(config(account));
  const deadLetterTargetArn = `arn:aws:sqs:${engine.region}:${account.id}:${name}-dead`;
  const RedrivePolicy = maxReceiveCount === null ? '' : JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { RedrivePolicy } }));

  return {
    url,
    async send(body) {
      const MessageBody = typeof body === 'string' ? body : JSON.stringify(body);
      await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
    },
    async counts() {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
      );
      const { ApproximateNumberOfMessages = '0', ApproximateNumberOfMessagesNotVisible = '0' } = Attributes;
      return {
        shown: Number(ApproximateNumberOfMessages),
        hidden: Number(ApproximateNumberOfMessagesNotVisible),
      };
    },
    async deadLetters() {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: `${url}-dead`, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
      );
      return Messages.map(({ Body = '' }) => Body);
    },
    async remove() {
      await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    },
    [Symbol.dispose]: () => sqs.destroy(),
  };
}
