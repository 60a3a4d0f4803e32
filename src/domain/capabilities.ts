/** What a registry can do; the API's enum `RegistryCapability`, value for value. */
export const REGISTRY_CAPABILITIES = [
  'CREATE_MODEL',
  'UPDATE_MODEL_DESCRIPTION',
  'TAG_MODELS',
  'DELETE_MODEL',
  'REGISTER_VERSION',
  'REGISTER_METRICS',
  'REGISTER_PARAMETERS',
  'REGISTER_REPORTS',
  'REGISTER_MODEL_CARD',
  'REGISTER_INFERENCE',
  'MULTIPLE_ARTIFACTS',
  'UPDATE_VERSION_DESCRIPTION',
  'UPDATE_METADATA',
  'TAG_VERSIONS',
  'UPDATE_MODEL_CARD',
  'DELETE_VERSION',
  'DECIDE',
  'ALIASES',
  'STAGES',
  'CLEAR_STAGE',
  'METRICS',
  'PARAMETERS',
  'REPORTS',
  'MODEL_CARDS',
  'LINEAGE',
  'DEPLOYMENTS',
  'DEPLOY',
  'COLLECTIONS',
  'PUSH_EVENTS',
] as const;

export type RegistryCapability = (typeof REGISTRY_CAPABILITIES)[number];

/** Every key present, so that a new capability fails to compile in each adapter until it has answered. */
export type RegistryCapabilities = Readonly<Record<RegistryCapability, boolean>>;
