import type { Change } from '../domain/changes.js';
import { modelId, versionId } from '../domain/refs.js';

/** By what an archived change can be looked for, whatever tool reads the store. */
export interface ArchivedKeys {
  readonly registryId: string;
  readonly modelId: string | null;
  readonly versionId: string | null;
}

export function archivedKeys({ registryId, model, version }: Change): ArchivedKeys {
  return {
    registryId,
    modelId: model === null ? null : modelId(model),
    versionId: model === null || version === null ? null : versionId({ ...model, version }),
  };
}
