import type { RegistryCapability } from '../../src/domain/capabilities.js';
import { UnsupportedError } from '../../src/domain/errors.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';

/**
 * The calls that capabilities gate as a whole: without any of these the call is refused whatever it asks. Single fields may be gated on top.
 * A method added to the contract behind a capability is added here.
 */
export const GATED_CALLS = {
  createModel: ['CREATE_MODEL'],
  registerVersion: ['REGISTER_VERSION'],
  updateModel: ['UPDATE_MODEL_DESCRIPTION', 'TAG_MODELS'],
  deleteModel: ['DELETE_MODEL'],
  updateVersion: ['UPDATE_VERSION_DESCRIPTION', 'UPDATE_METADATA', 'TAG_VERSIONS', 'UPDATE_MODEL_CARD'],
  deleteVersion: ['DELETE_VERSION'],
  decide: ['DECIDE'],
  setAlias: ['ALIASES'],
  deleteAlias: ['ALIASES'],
  setStage: ['STAGES'],
} as const satisfies Partial<Record<keyof RegistryAdapter, readonly [RegistryCapability, ...RegistryCapability[]]>>;

export type GatedCall = keyof typeof GATED_CALLS;

export type GatedCalls = Pick<RegistryAdapter, GatedCall | 'refuseDecision'>;

/** All gated calls, each refusing: an adapter spreads them in first and writes over those that it can do. */
export function unsupportedCalls(registryId: string): GatedCalls {
  const refusal = (operation: GatedCall) => unsupported(GATED_CALLS[operation][0], { registryId, operation });
  const refuse = (operation: GatedCall) => () => Promise.reject(refusal(operation));
  return {
    createModel: refuse('createModel'),
    registerVersion: refuse('registerVersion'),
    updateModel: refuse('updateModel'),
    deleteModel: refuse('deleteModel'),
    updateVersion: refuse('updateVersion'),
    deleteVersion: refuse('deleteVersion'),
    refuseDecision: () => {
      throw refusal('decide');
    },
    decide: refuse('decide'),
    setAlias: refuse('setAlias'),
    deleteAlias: refuse('deleteAlias'),
    setStage: refuse('setStage'),
  };
}

/** What a registry without `capability` answers. */
export function unsupported(
  capability: RegistryCapability,
  context: { readonly registryId: string; readonly operation: string; readonly field?: string },
): UnsupportedError {
  const what = context.field === undefined ? 'this call' : `the field ${context.field}`;
  return new UnsupportedError(
    `Registry ${context.registryId} does not support ${what}: it lacks the capability ${capability}. ` +
      'Ask for Registry.capabilities before offering it.',
    { capability, registryId: context.registryId, operation: context.operation },
  );
}
