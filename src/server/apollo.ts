import { ApolloServer, type BaseContext } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLFormattedError, GraphQLSchema, ValidationRule } from 'graphql';
import type { Logger } from 'pino';
import type { GraphQLContext } from '../context.js';
import { withEnumValues } from './enum-values.js';
import { formatError } from './format-error.js';
import { useErrorLog } from './plugins/use-error-log.js';
import { mutationCountRule } from './rules/mutation-count.js';
import { operationTypesRule } from './rules/operation-types.js';
import { type QuerySizeLimits, querySizeRule } from './rules/query-size.js';

export interface GraphQLServerOptions {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  /** Lexical tokens that a document may have. */
  readonly maxTokens: number;
  readonly querySize: QuerySizeLimits;
  readonly log: Logger;
}

/** What an operation may be, on every transport. */
export function sizeRules(limits: QuerySizeLimits): readonly ValidationRule[] {
  return [mutationCountRule, querySizeRule(limits)];
}

export function createGraphQLServer(options: GraphQLServerOptions): ApolloServer<GraphQLContext & BaseContext> {
  // Whoever may not see the schema is not told its enums either.
  const withHelp = (error: GraphQLFormattedError) =>
    options.introspection ? withEnumValues(error, options.schema) : error;
  return new ApolloServer<GraphQLContext & BaseContext>({
    schema: options.schema,
    introspection: options.introspection,
    // "Did you mean …" would tell the schema word by word.
    hideSchemaDetailsFromClientErrors: !options.introspection,
    csrfPrevention: true,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: options.maxTokens },
    validationRules: [operationTypesRule, ...sizeRules(options.querySize)],
    logger: options.log,
    // The plug-in visits every field of every answer; it costs lists half their speed and nobody reads what it computes.
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), useErrorLog()],
    formatError: (formatted, thrown) => formatError(withHelp(formatted), thrown),
  });
}
