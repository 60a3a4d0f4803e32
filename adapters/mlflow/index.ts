import type { RegistryDefinition } from '../../src/domain/registry.js';
import { createMlflowAdapter } from './adapter.js';
import { connectMlflow } from './connect.js';
import { type MlflowOptions, mlflowOptions } from './options.js';
import { createMlflowSources } from './source.js';

export { createMlflowAdapter } from './adapter.js';
export { type MlflowOptions, mlflowOptions } from './options.js';

/** An MLflow tracking server's model registry. */
export const mlflowRegistry = {
  kind: 'MLFLOW',
  optionsSchema: mlflowOptions,
  create: (id, options) => createMlflowAdapter(id, options),
  createSources: createMlflowSources,
  connect: connectMlflow,
} as const satisfies RegistryDefinition<MlflowOptions, typeof mlflowOptions>;
