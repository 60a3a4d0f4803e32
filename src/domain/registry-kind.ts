/** Every kind of registry there is an adapter for. Adding one makes `adapters/index.ts` fail to compile until it has a definition. */
export const REGISTRY_KINDS = ['SAGEMAKER', 'MLFLOW', 'DYNAMODB', 'MEMORY'] as const;

export type RegistryKind = (typeof REGISTRY_KINDS)[number];
