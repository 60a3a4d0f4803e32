import type { RegistryDefinition } from '../../src/domain/registry.js';
import { createDynamoDbRegistry } from './adapter.js';
import { type DynamoDbOptions, dynamoDbOptions } from './options.js';

export { createDynamoDbRegistry } from './adapter.js';
export { type DynamoDbOptions, dynamoDbOptions } from './options.js';

export const dynamoDbRegistry = {
  kind: 'DYNAMODB',
  optionsSchema: dynamoDbOptions,
  create: (id, options) => createDynamoDbRegistry(id, options),
} satisfies RegistryDefinition<DynamoDbOptions, typeof dynamoDbOptions>;
