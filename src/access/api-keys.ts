import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiKeyOptions } from './access-options.js';

const PREFIX = 'rgk_';

/** Tells keys from tokens, which begin with `ey`. */
export function isApiKey(credential: string): boolean {
  return credential.startsWith(PREFIX);
}

/** Finds the entry of a key. Every entry is compared, and whole, so that the time it takes tells nothing. */
export function createApiKeys(options: readonly ApiKeyOptions[]): (key: string) => ApiKeyOptions | undefined {
  const entries = options.map((entry) => ({ entry, digest: Buffer.from(entry.hash.slice('sha256:'.length), 'hex') }));
  return (key) => {
    const digest = createHash('sha256').update(key).digest();
    let found: ApiKeyOptions | undefined;
    for (const candidate of entries) if (timingSafeEqual(candidate.digest, digest)) found = candidate.entry;
    return found;
  };
}
