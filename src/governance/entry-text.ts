import { LedgerUnavailableError } from '../domain/errors.js';
import {
  type DecisionEntry,
  type EntryPlace,
  type SettlementEntry,
  type Subject,
  UnreadableEntry,
} from '../domain/ledger.js';
import { modelId, parseVersionId, versionId } from '../domain/refs.js';

// How engines keep entries: as text, so that what comes back is what was sealed, to the byte.

/** By what an entry is found. */
export interface SubjectKeys {
  readonly versionId: string;
  readonly modelId: string;
  readonly registryId: string;
  readonly incarnation: string;
}

export function subjectKeys({ version, incarnation }: Subject): SubjectKeys {
  return { versionId: versionId(version), modelId: modelId(version), registryId: version.registryId, incarnation };
}

export function entryText(entry: DecisionEntry | SettlementEntry): string {
  return JSON.stringify(entry);
}

/** Null for what cannot be looked at as an entry. Whether its hash and its signature are right is the ledger's business. */
export function parseEntry<E extends DecisionEntry | SettlementEntry>(text: string): E | null {
  const entry = parseJson(text);
  if (!isObject(entry) || !isObject(entry['body'])) return null;
  const { body, hash, signature, keyId } = entry;
  return { body, hash: textOf(hash), signature: textOf(signature), keyId: textOf(keyId) } as unknown as E;
}

/** For those that are of no use without it. @throws LedgerUnavailableError, not retryable, that names the place; its cause is an `UnreadableEntry`. */
export function readableEntry<E extends DecisionEntry | SettlementEntry>(text: string, place: EntryPlace): E {
  const entry = parseEntry<E>(text);
  if (entry !== null && isVersionId(place.versionId) && isVersionId(entry.body.versionId)) return entry;
  const cause = new UnreadableEntry(place);
  throw new LedgerUnavailableError(
    `What the governance store holds as ${cause.message} is no entry of a ledger. Run \`registrar ledger verify\`, and restore the store from a backup.`,
    { retryable: false, cause },
  );
}

function isVersionId(id: unknown): boolean {
  if (typeof id !== 'string') return false;
  try {
    parseVersionId(id);
    return true;
  } catch {
    return false;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
