import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import type { StreamSink } from '../../changes/outbox.js';
import type { Caller } from '../../domain/access.js';
import { RegistryError } from '../../domain/errors.js';
import { type OpenStream, openStream } from './open-stream.js';
import { toOperationRequest } from './operation-request.js';
import { errorOf, executeOnce, type OperationOptions } from './operations.js';
import type { Rendered } from './rendered.js';
import type { ReadDocument } from './stream-document.js';
import type { Subscriptions } from './subscriptions.js';

export interface SocketOperationOptions extends OperationOptions {
  readonly subscriptions: Subscriptions;
  readonly readDocument: ReadDocument;
  /** Operations that a client may have under way at once. */
  readonly maxOperations: number;
}

/** What is told of an operation. */
export interface OperationReplies {
  result(id: string, result: FormattedExecutionResult): void;
  complete(id: string): void;
  refuse(id: string, errors: readonly GraphQLFormattedError[]): void;
  sink(id: string): StreamSink<Rendered>;
}

/** The operations that one client has under way, by the ids that it gave them. */
export interface SocketOperations {
  has(id: string): boolean;
  start(id: string, payload: unknown, caller: Caller): Promise<void>;
  /** The client wants no more of it. */
  stop(id: string): void;
  admit(caller: Caller): Promise<void>;
  /** Of the only stream there is; null where there are several, or none. */
  readonly cursor: string | null;
  endWithCursors(): Promise<void>;
  stopAll(): void;
}

/** One operation: a stream, or an answer that is being made. */
interface Operation {
  stream: OpenStream | null;
  readonly gone: AbortController;
}

export function createSocketOperations(
  replies: OperationReplies,
  { requestId, log }: { readonly requestId: string; readonly log: Logger },
  options: SocketOperationOptions,
): SocketOperations {
  const operations = new Map<string, Operation>();
  let admitted: Caller | null = null;

  const refuse = (id: string, errors: readonly GraphQLFormattedError[]) => {
    operations.delete(id);
    replies.refuse(id, errors);
  };
  const stop = (id: string) => {
    const operation = operations.get(id);
    operations.delete(id);
    operation?.stream?.end();
    operation?.gone.abort();
  };
  const streams = () => [...operations.values()].flatMap(({ stream }) => stream ?? []);

  const run = async (id: string, payload: unknown, caller: Caller, operation: Operation) => {
    const isWanted = () => operations.get(id) === operation;
    const asked = toOperationRequest(payload);
    const document = options.readDocument(asked);
    if (document.kind === 'REFUSED') return refuse(id, document.errors);
    if (document.kind !== 'SUBSCRIPTION') {
      const result = await executeOnce(asked, options, { requestId, caller, signal: operation.gone.signal });
      if (!isWanted()) return;
      // Without data it was not executed at all.
      if (result.data === undefined) return refuse(id, result.errors ?? []);
      operations.delete(id);
      replies.result(id, result);
      return replies.complete(id);
    }
    const listener = { requestId, caller, after: undefined };
    const opened = await openStream(options.subscriptions, document, asked, listener, replies.sink(id));
    if (!('end' in opened)) {
      if (isWanted()) refuse(id, opened);
      return;
    }
    if (!isWanted()) return opened.end();
    operation.stream = opened;
    // Who it is may have changed meanwhile.
    const errors = admitted === null ? null : await opened.admit(admitted);
    if (errors !== null && isWanted()) refuse(id, errors);
  };

  return {
    has: (id) => operations.has(id),
    async start(id, payload, caller) {
      if (operations.size >= options.maxOperations) {
        const message = `A connection may have ${options.maxOperations} operations at once. Open another one.`;
        replies.refuse(id, [{ message, extensions: { code: 'COST_EXCEEDED', retryable: false } }]);
        return;
      }
      const operation: Operation = { stream: null, gone: new AbortController() };
      operations.set(id, operation);
      try {
        await run(id, payload, caller, operation);
      } catch (error) {
        if (!(error instanceof RegistryError)) log.error({ err: error }, 'an operation failed outside of GraphQL');
        if (operations.get(id) === operation) refuse(id, [errorOf(error)]);
      }
    },
    stop,
    async admit(caller) {
      admitted = caller;
      await Promise.all(
        [...operations].map(async ([id, { stream }]) => {
          const errors = (await stream?.admit(caller)) ?? null;
          if (errors !== null && operations.has(id)) refuse(id, errors);
        }),
      );
    },
    get cursor() {
      const [only, ...others] = streams();
      return others.length > 0 ? null : (only?.cursor ?? null);
    },
    async endWithCursors() {
      await Promise.all(streams().map((stream) => stream.endWithCursor()));
    },
    stopAll() {
      for (const id of [...operations.keys()]) stop(id);
    },
  };
}
