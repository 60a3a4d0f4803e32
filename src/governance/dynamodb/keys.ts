import { createHash } from 'node:crypto';
import type { Subject } from '../../domain/ledger.js';
import { versionId } from '../../domain/refs.js';
import type { LedgerIndex } from '../store.js';

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** A partition key holds 2,048 bytes, and an encoded name may take more. */
const KEPT_BYTES = 1000;

/** The text itself, where it fits a key; otherwise its beginning and its hash, which no other text has. */
function bounded(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= KEPT_BYTES) return text;
  const beginning = bytes.subarray(0, KEPT_BYTES - 100).toString('utf8');
  return `${beginning}#${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Everything about one version is in one partition, so that one consistent Query reads it. */
export function versionPartition(id: string): string {
  return `version#${bounded(id)}`;
}

export function entryKey(
  { version, incarnation }: Subject,
  sequence: number,
  kind: 'decision' | 'settlement',
): ItemKey {
  // A decision comes right before its settlement.
  return { pk: versionPartition(versionId(version)), sk: `entry#${incarnation}#${padded(sequence, 9)}#${kind}` };
}

/** Before the entries, so that a Query reads the head first: of what is put meanwhile it sees too much then and not too little. */
export function headKey({ version, incarnation }: Subject): ItemKey {
  return { pk: versionPartition(versionId(version)), sk: `checkpointed#${incarnation}` };
}

export function checkpointKey(number: number): ItemKey {
  return { pk: 'checkpoints', sk: padded(number, 12) };
}

export function requestKey(key: string): ItemKey {
  return { pk: `request#${bounded(key)}`, sk: 'request' };
}

export function leaseKey(name: string): ItemKey {
  return { pk: `lease#${bounded(name)}`, sk: 'lease' };
}

export const INTENTS = 'intents';

/** The value of an index's HASH attribute. */
export function indexPartition(index: LedgerIndex): string {
  switch (index.by) {
    case 'all':
      return 'ledger';
    case 'registry':
      return index.registryId;
    case 'model':
      return bounded(index.modelId);
    case 'version':
      return versionPartition(index.versionId);
    case 'actor':
      // A key must not be empty, and an actor's id is any text.
      return `actor#${bounded(index.actorId)}`;
  }
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
