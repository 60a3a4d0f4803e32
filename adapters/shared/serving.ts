import type { RegistryAdapter } from '../../src/domain/registry.js';
import { refuseAborted } from './aborted.js';

/** For a registry that does not know what serves its versions. */
export function nothingServes(registryId: string): RegistryAdapter['getServing'] {
  return async (refs, { signal }) => {
    refuseAborted(signal, { registryId, operation: 'getServing' });
    return refs.map(() => []);
  };
}
