import type { RegistryDefinition } from '../../src/domain/registry.js';
import { createDynamoDbRegistry } from './adapter.js';
import { type DynamoDbOptions, dynamoDbOptions } from './options.js';
import { createStreamSources } from './source.js';

export { createDynamoDbRegistry } from './adapter.js';
export { type DynamoDbOptions, dynamoDbOptions } from './options.js';

export const dynamoDbRegistry = {
  kind: 'DYNAMODB',
  optionsSchema: dynamoDbOptions,
  create: (id, options) => createDynamoDbRegistry(id, options),
  createSources: (registries) => ({ sources: createStreamSources(registries), webhooks: [] }),
} satisfies RegistryDefinition<DynamoDbOptions, typeof dynamoDbOptions>;
