import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { ModelVersionRecord } from '../domain/model.js';

/** Hash over what a decision is about: the artifacts, images and digests. Their order does not matter. */
export function subjectFingerprint(version: Pick<ModelVersionRecord, 'artifacts'>): string {
  const parts = version.artifacts.map(({ uri, image, imageDigest, digest }) =>
    canonicalize({ uri, image, imageDigest, digest }),
  );
  return createHash('sha256').update(JSON.stringify(parts.sort())).digest('hex');
}
