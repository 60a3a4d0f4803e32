import type { RegistryDefinition } from '../../src/domain/registry.js';
import { createSageMakerAdapter } from './adapter.js';
import { connectSageMaker } from './connect/index.js';
import { type SageMakerOptions, sageMakerOptions } from './options.js';
import { createSageMakerSources } from './source.js';

export { createSageMakerAdapter } from './adapter.js';
export type { SageMakerClients } from './client.js';
export { type AwsCall, eventCalls } from './connect/index.js';
export { type SageMakerOptions, sageMakerOptions } from './options.js';
export { createSageMakerSources, type SourceTimes } from './source.js';

/** Amazon SageMaker Model Registry: one registry per account and Region. */
export const sageMakerRegistry = {
  kind: 'SAGEMAKER',
  optionsSchema: sageMakerOptions,
  create: (id, options, environment) => createSageMakerAdapter(id, options, environment),
  createSources: (registries) => createSageMakerSources(registries),
  connect: connectSageMaker,
} satisfies RegistryDefinition<SageMakerOptions, typeof sageMakerOptions>;
