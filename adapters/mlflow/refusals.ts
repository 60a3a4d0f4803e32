import { InvalidInputError, NotFoundError } from '../../src/domain/errors.js';
import { type ModelRef, quote, type VersionRef } from '../../src/domain/refs.js';
import type { MlflowCall } from './errors.js';

type Context = Pick<MlflowCall, 'registryId' | 'operation'>;

/** @param what e.g. `the artifact's uri has more than 500 characters` */
export function invalid({ registryId, operation }: Context, what: string): InvalidInputError {
  return new InvalidInputError(`Registry ${registryId} cannot hold this: ${what}.`, { registryId, operation });
}

export function noSuchModel({ registryId, operation }: Context, { name }: Pick<ModelRef, 'name'>): NotFoundError {
  return new NotFoundError(`Registry ${registryId} has no model named ${quote(name)}. Create it first.`, {
    registryId,
    operation,
  });
}

export function noSuchVersion(
  { registryId, operation }: Context,
  { name, version }: Pick<VersionRef, 'name' | 'version'>,
): NotFoundError {
  return new NotFoundError(
    `Registry ${registryId} has no version ${quote(version)} of a model named ${quote(name)}. Choose one that is there.`,
    { registryId, operation },
  );
}
