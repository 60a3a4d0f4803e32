import {
  PermissionDeniedError,
  RateLimitedError,
  type RegistryError,
  UnavailableError,
} from '../../src/domain/errors.js';
import { type CallSite, toRegistryError } from './errors.js';

const MISSING = /^(QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue)$/;

/** Whatever SQS says, in words about the queue: none of it is for good, and polls find the changes meanwhile. */
export function toQueueError(error: unknown, url: string, site: CallSite): RegistryError {
  const options = { ...site, cause: error };
  if (error instanceof Error && MISSING.test(error.name)) {
    return new UnavailableError(
      `There is no queue ${url}. Make it as \`registrar connect sagemaker\` says, or correct events.queueUrl; until then changes are found by polls.`,
      options,
    );
  }
  const known = toRegistryError(error, site);
  if (known instanceof PermissionDeniedError) return known;
  if (known instanceof RateLimitedError) return known;
  return new UnavailableError(`The queue ${url} does not answer. Until it does, changes are found by polls.`, options);
}
