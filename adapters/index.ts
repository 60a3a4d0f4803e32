import type * as z from 'zod';
import type { RegistryDefinition } from '../src/domain/registry.js';
import type { RegistryKind } from '../src/domain/registry-kind.js';
import { dynamoDbRegistry } from './dynamodb/index.js';
import { memoryRegistry } from './memory/index.js';
import { mlflowRegistry } from './mlflow/index.js';
import { sageMakerRegistry } from './sagemaker/index.js';

/** The one list of registry definitions: a kind without a definition does not compile. */
export const registryDefinitions = {
  SAGEMAKER: sageMakerRegistry,
  MLFLOW: mlflowRegistry,
  DYNAMODB: dynamoDbRegistry,
  MEMORY: memoryRegistry,
} as const satisfies Record<RegistryKind, RegistryDefinition<never, z.ZodType>>;
