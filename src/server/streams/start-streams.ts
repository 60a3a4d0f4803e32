import type { Server } from 'node:http';
import type { ApolloServer } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { ChangeHub } from '../../changes/change-hub.js';
import type { GraphQLContext } from '../../context.js';
import type { Caller } from '../../domain/access.js';
import { sizeRules } from '../apollo.js';
import type { QuerySizeLimits } from '../rules/query-size.js';
import { type AnswerSse, createSse } from '../sse.js';
import { startWebSockets } from '../websocket.js';
import { type Credentials, createConnections } from './connections.js';
import type { Rendered } from './rendered.js';
import { createDocumentReader } from './stream-document.js';
import { createSubscriptions } from './subscriptions.js';

export interface StreamOptions {
  readonly schema: GraphQLSchema;
  readonly graphql: ApolloServer<GraphQLContext>;
  readonly hub: ChangeHub<Rendered>;
  readonly authenticate: (credentials: Credentials) => Promise<Caller>;
  readonly createContext: (requestId: string, caller: Caller, signal: AbortSignal) => GraphQLContext;
  readonly introspection: boolean;
  readonly maxTokens: number;
  readonly querySize: QuerySizeLimits;
  /** Of a message or a body, in bytes. */
  readonly maxBodyBytes: number;
  readonly limits: StreamLimits;
  readonly log: Logger;
}

export interface StreamLimits {
  readonly heartbeatSeconds: number;
  readonly maxPerConnection: number;
  readonly maxConnections: number;
}

/** Everything that stays open: WebSocket and server-sent events. Disposed of, each stream ends with its cursor. */
export interface Streams extends AsyncDisposable {
  readonly sse: AnswerSse;
  /** Takes upgrades too from now on. */
  attach(http: Server): void;
  /** Asks of everybody again who they are: after a reload, what is no longer theirs to see they get no more of. */
  reauthorize(): Promise<void>;
}

export function startStreams(options: StreamOptions): Streams {
  const { limits, maxBodyBytes } = options;
  const closing = new AsyncDisposableStack();
  const connections = createConnections({
    authenticate: options.authenticate,
    maxConnections: limits.maxConnections,
    heartbeatMs: limits.heartbeatSeconds * 1000,
  });
  const shared = {
    ...options,
    connections,
    subscriptions: createSubscriptions(options),
    readDocument: createDocumentReader({ ...options, rules: sizeRules(options.querySize) }),
  };
  return {
    sse: createSse({ ...shared, maxBodyBytes }),
    attach(http) {
      const limited = { ...shared, maxMessageBytes: maxBodyBytes, maxOperations: limits.maxPerConnection };
      closing.use(startWebSockets(http, limited));
    },
    reauthorize: () => connections.reauthorize(),
    async [Symbol.asyncDispose]() {
      await connections[Symbol.asyncDispose]();
      await closing.disposeAsync();
    },
  };
}
