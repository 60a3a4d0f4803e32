import type { RegistryCapability } from '../../src/domain/capabilities.js';
import { UnsupportedError } from '../../src/domain/errors.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';

/** The calls that a capability gates as a whole. A method added to the contract behind a capability is added here. */
export const GATED_CALLS = {
  createModel: 'CREATE_MODEL',
  registerVersion: 'REGISTER_VERSION',
} as const satisfies Partial<Record<keyof RegistryAdapter, RegistryCapability>>;

export type GatedCall = keyof typeof GATED_CALLS;

export type GatedCalls = Pick<RegistryAdapter, GatedCall>;

/** All gated calls, each refusing: an adapter spreads them in first and writes over those that it can do. */
export function unsupportedCalls(registryId: string): GatedCalls {
  const refuse = (operation: GatedCall) => () =>
    Promise.reject(unsupported(GATED_CALLS[operation], { registryId, operation }));
  return { createModel: refuse('createModel'), registerVersion: refuse('registerVersion') };
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
