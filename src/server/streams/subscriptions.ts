import { randomUUID } from 'node:crypto';
import {
  createSourceEventStream,
  type ExecutionResult,
  execute,
  type FormattedExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import type { ChangeHub } from '../../changes/change-hub.js';
import type { ChangeStream } from '../../changes/change-stream.js';
import type { ChangeSubscription } from '../../changes/changes.js';
import type { JournalItem } from '../../changes/journal-item.js';
import type { StreamSink } from '../../changes/outbox.js';
import type { GraphQLContext } from '../../context.js';
import type { Caller } from '../../domain/access.js';
import { formatError } from '../format-error.js';
import { logFault } from '../log-fault.js';
import { beginAfter } from './begin-after.js';
import type { OperationRequest } from './operation-request.js';
import { Rendered } from './rendered.js';
import type { SubscriptionDocument } from './stream-document.js';

export interface SubscriptionOptions {
  readonly schema: GraphQLSchema;
  readonly hub: ChangeHub<Rendered>;
  readonly createContext: (requestId: string, caller: Caller, signal: AbortSignal) => GraphQLContext;
}

export interface Listener {
  readonly requestId: string;
  readonly caller: Caller;
  /** Where it was already: instead of what the operation says. */
  readonly after: string | undefined;
}

/** Opens subscriptions: each item is executed once for all who select the same and see the same. */
export interface Subscriptions {
  /** @returns The stream, or why there is none. */
  open(
    document: SubscriptionDocument,
    request: Pick<OperationRequest, 'variables'>,
    listener: Listener,
    sink: StreamSink<Rendered>,
  ): Promise<ChangeStream<Rendered> | readonly GraphQLFormattedError[]>;
}

export function createSubscriptions({ schema, hub, createContext }: SubscriptionOptions): Subscriptions {
  const never = new AbortController().signal;

  /** Each item has loaders of its own: with those of the first, it would be answered from what was read for that one. */
  const renderer = (document: SubscriptionDocument, variables: OperationRequest['variables'], caller: Caller) => {
    const viewer = viewerLike(caller);
    const requestId = randomUUID();
    return async (item: JournalItem): Promise<Rendered> => {
      const context = createContext(requestId, viewer, never);
      const result = await execute({
        schema,
        document: document.document,
        rootValue: item,
        contextValue: context,
        variableValues: variables,
      });
      return new Rendered(item.cursor, JSON.stringify(formatted(result, context)));
    };
  };

  return {
    async open(document, request, { requestId, caller, after }, sink) {
      const context = createContext(requestId, caller, never);
      const source = await createSourceEventStream({
        schema,
        document: after === undefined ? document.asked : beginAfter(document.document, after, schema),
        contextValue: context,
        variableValues: request.variables,
      });
      if ('errors' in source) return formatted(source, context).errors ?? [];
      // The subscriptions of the schema are all of changes.
      const { sharing, start, visibility } = source as ChangeSubscription;
      const variables = Object.fromEntries(
        Object.entries(request.variables).filter(([name]) => document.variables.has(name)),
      );
      const key = stableJson([document.text, variables, visibility]);
      const render = renderer(document, variables, caller);
      return hub.open(key, { ...sharing, render, bytesOf: ({ bytes }) => bytes }, sink, start);
    },
  };
}

/** Somebody who sees the same and may do nothing: what is made for one is for all who see the same. */
function viewerLike({ grants }: Caller): Caller {
  return {
    actor: { name: 'a subscription', kind: 'SERVICE', nativeId: 'subscription' },
    groups: [],
    grants: grants.map((grant) => ({ ...grant, role: 'VIEWER' })),
  };
}

function formatted({ data, errors }: ExecutionResult, { log }: GraphQLContext): FormattedExecutionResult {
  if (errors === undefined) return { data: data ?? null };
  const format = (error: GraphQLError) => {
    logFault(error, log);
    return formatError(error.toJSON(), error);
  };
  return { ...(data === undefined ? {} : { data }), errors: errors.map(format) };
}

function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
