import type { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { RegistryError } from '../domain/errors.js';
import { formatError, originalOf } from './format-error.js';

/** Logs what the client is not told: faults of the gateway whole. */
export function logFault(error: GraphQLError, log: Logger): void {
  const original = originalOf(error);
  if (original instanceof RegistryError) return;
  if (formatError(error.toJSON(), error).extensions?.['code'] !== 'INTERNAL') return;
  log.error({ err: original, path: error.path }, 'a fault in the gateway');
}
