import { randomUUID } from 'node:crypto';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { CallOptions, RegistryAdapter } from '../../src/domain/registry.js';

export interface VersionMaker {
  /** Fresh versions, PENDING; those that follow each other are of different models. */
  make(count: number): Promise<readonly VersionRef[]>;
}

const ARTIFACTS = [{ uri: 's3://models/bench/model.tar.gz' }];
/** As many as there may be clients: where a model has to be written with its version, decisions about one model wait for each other. */
const MODELS = 32;
/** Of one model, so that its list stays as short as a real one. */
const VERSIONS_MAX = 20;

export function createVersionMaker(adapter: RegistryAdapter): VersionMaker {
  const models: ModelRef[] = [];
  let count = 0;
  const next = async (): Promise<VersionRef> => {
    if (count % (MODELS * VERSIONS_MAX) === 0) models.length = 0;
    const place = count % MODELS;
    const model = models[place] ?? (await adapter.createModel({ name: `bench-${randomUUID()}` }, call())).ref;
    models[place] = model;
    count += 1;
    return (await adapter.registerVersion({ model, artifacts: ARTIFACTS }, call())).ref;
  };
  return {
    async make(wanted) {
      const made: VersionRef[] = [];
      while (made.length < wanted) made.push(await next());
      return made;
    },
  };
}

export function call(): CallOptions {
  return { signal: AbortSignal.timeout(20_000), priority: 'interactive' };
}
