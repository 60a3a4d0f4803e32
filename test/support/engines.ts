import { inject } from 'vitest';
import type { RedisInstallation } from '../../sandbox/redis.js';

/** Where the real engines of this run listen; null for one that `REGISTRIES` has left out. */
export interface Engines {
  readonly aws: { readonly endpoint: string; readonly region: string } | null;
  readonly mlflow: { readonly url: string } | null;
  /** Amazon's DynamoDB Local; moto's DynamoDB is at `aws`. */
  readonly dynamodb: { readonly endpoint: string; readonly region: string } | null;
  /** One for all tests, told apart by the prefixes of their keys. Who stops it or fills it starts one of its own: `startRedis`. */
  readonly redis: { readonly url: string; readonly installation: RedisInstallation };
}

declare module 'vitest' {
  interface ProvidedContext {
    engines: Engines;
  }
}

/** What `global-setup.ts` has started, once for the whole run. */
export function engines(): Engines {
  return inject('engines');
}
