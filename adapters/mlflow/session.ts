import type { CallOptions } from '../../src/domain/registry.js';
import type { MlflowClient } from './client.js';
import type { MlflowCall } from './errors.js';
import type { MapContext } from './map.js';
import type { MlflowOptions } from './options.js';

/** What all calls of one adapter share. */
export interface MlflowSession {
  readonly registryId: string;
  readonly options: MlflowOptions;
  readonly client: MlflowClient;
  readonly map: MapContext;
  readonly learned: Learned;
}

/** What the server has turned out to be like. */
export interface Learned {
  /** `name IN (…)`; servers before 3 take lists of run ids only. */
  takesNameLists: boolean;
  /** Whether names come in the order of their UTF-8 bytes; `unknown` until a large page has been seen. */
  nameOrder: 'unknown' | 'bytes' | 'other';
  /** How many versions a page of a walk asks for. */
  versionPage: number;
}

// In the pages of a walk, by what a large page of other searches has.
const VERSION_PAGE_FACTOR = 10;

export function createSession(registryId: string, options: MlflowOptions, client: MlflowClient): MlflowSession {
  const { approval, ownerTag, url, workspace } = options;
  return {
    registryId,
    options,
    client,
    map: { registryId, approval, ownerTag, url, workspace },
    learned: {
      takesNameLists: true,
      nameOrder: 'unknown',
      versionPage: options.pageSize * VERSION_PAGE_FACTOR,
    },
  };
}

export function callOf({ registryId }: MlflowSession, operation: string, { signal }: CallOptions): MlflowCall {
  return { registryId, operation, signal };
}
