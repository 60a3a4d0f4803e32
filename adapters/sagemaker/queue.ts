import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { UnavailableError } from '../../src/domain/errors.js';
import { awsClientConfig } from '../shared/aws-client.js';
import type { CallSite } from './errors.js';
import type { QueuePlan } from './queue-access.js';
import { toQueueError } from './queue-errors.js';

export interface QueueMessage {
  readonly id: string;
  readonly handle: string;
  readonly body: string;
  /** How often it was delivered, this time included. */
  readonly deliveries: number;
}

/** The queue that EventBridge fills. Every method rejects with a RegistryError. */
export interface EventQueue extends Disposable {
  /** Waits for a message; none when the time is over. */
  receive(signal: AbortSignal): Promise<readonly QueueMessage[]>;
  remove(messages: readonly QueueMessage[]): Promise<void>;
  /** Hides each for so long from now on; 0 shows it again at once. */
  hide(messages: readonly QueueMessage[], seconds: (message: QueueMessage) => number): Promise<void>;
  /** Whether what is delivered again and again ends in a queue of its own. False where that may not be asked. */
  hasDeadLetters(): Promise<boolean>;
}

export interface QueueTimes {
  /** How long one call waits for a message. */
  readonly waitSeconds: number;
  /** How long a message is hidden while it is being looked at, unless that is extended. */
  readonly hiddenSeconds: number;
}

/** The most that one call takes. */
const BATCH = 10;
/** A lost packet must not hold the source up for good. */
const ANSWER_MS = 5_000;
/** A queue gets its dead letters now and then. */
const DEAD_LETTERS_MS = 5 * 60_000;

export function createEventQueue(
  { url, endpoint, access }: Pick<QueuePlan, 'url' | 'endpoint' | 'access'>,
  times: QueueTimes,
  site: CallSite,
): EventQueue {
  const client = new SQSClient({ ...awsClientConfig(access), endpoint });
  let deadLetters: { readonly known: boolean; readonly until: number } | undefined;

  const asked = async <T>(run: (http: { readonly abortSignal: AbortSignal }) => Promise<T>): Promise<T> => {
    try {
      return await run({ abortSignal: AbortSignal.timeout(ANSWER_MS) });
    } catch (error) {
      throw toQueueError(error, url, site);
    }
  };

  return {
    receive: (signal) =>
      asked(async () => {
        const late = AbortSignal.timeout(times.waitSeconds * 1000 + ANSWER_MS);
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: url,
            MaxNumberOfMessages: BATCH,
            WaitTimeSeconds: times.waitSeconds,
            VisibilityTimeout: times.hiddenSeconds,
            MessageSystemAttributeNames: ['ApproximateReceiveCount'],
          }),
          { abortSignal: AbortSignal.any([signal, late]) },
        );
        return Messages.flatMap(({ MessageId: id, ReceiptHandle: handle, Body: body = '', Attributes }) =>
          id === undefined || handle === undefined
            ? []
            : [{ id, handle, body, deliveries: Number(Attributes?.ApproximateReceiveCount ?? 1) }],
        );
      }),
    async remove(messages) {
      if (messages.length === 0) return;
      const Entries = messages.map(({ handle }, index) => ({ Id: String(index), ReceiptHandle: handle }));
      const { Failed = [] } = await asked((http) =>
        client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }), http),
      );
      refuseFailed(Failed.length, 'deleted', site);
    },
    async hide(messages, seconds) {
      if (messages.length === 0) return;
      const Entries = messages.map((message, index) => ({
        Id: String(index),
        ReceiptHandle: message.handle,
        VisibilityTimeout: seconds(message),
      }));
      const { Failed = [] } = await asked((http) =>
        client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries }), http),
      );
      refuseFailed(Failed.length, 'kept back', site);
    },
    async hasDeadLetters() {
      if (deadLetters === undefined || Date.now() >= deadLetters.until) {
        const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['RedrivePolicy'] });
        const answer = await asked((http) => client.send(command, http)).catch(() => undefined);
        deadLetters = {
          known: answer?.Attributes?.RedrivePolicy !== undefined,
          until: Date.now() + DEAD_LETTERS_MS,
        };
      }
      return deadLetters.known;
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}

/** The calls themselves succeed whatever becomes of their entries. */
function refuseFailed(count: number, what: string, site: CallSite): void {
  if (count === 0) return;
  throw new UnavailableError(`${count} messages of the queue could not be ${what}; they are delivered again.`, site);
}
