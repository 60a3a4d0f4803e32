import type { Change, FieldChange } from '../domain/changes.js';
import { LedgerUnavailableError } from '../domain/errors.js';

/** An item of DynamoDB has 400 KB, with its keys; one engine keeps what the other does. */
const BYTES_MAX = 256 * 1024;

/** JSON of a change that fits every engine. Only values of fields can be so large: the largest go until it fits. */
export function archivedText(change: Change): string {
  const text = JSON.stringify(change);
  if (bytesOf(text) <= BYTES_MAX || !('fields' in change)) return text;
  const fields = [...change.fields];
  const bySize = fields.map((_, index) => index).sort((a, b) => bytesIn(fields[b]) - bytesIn(fields[a]));
  for (const index of bySize) {
    const field = fields[index];
    if (field !== undefined)
      fields[index] = { path: field.path, before: omitted(field.before), after: omitted(field.after) };
    const shorter = JSON.stringify({ ...change, fields });
    if (bytesOf(shorter) <= BYTES_MAX) return shorter;
  }
  // A great many fields: how many there were is left.
  return JSON.stringify({ ...change, fields: [{ path: '', before: null, after: { omittedBytes: bytesOf(text) } }] });
}

/** @throws LedgerUnavailableError, not retryable, for what nobody of ours has put there. */
export function archivedChange(text: string): Change {
  try {
    const change: unknown = JSON.parse(text);
    if (isChange(change)) return change;
  } catch {
    // Told below.
  }
  throw new LedgerUnavailableError(
    'The governance store holds an archived change that cannot be read. Remove what others have put there.',
    { retryable: false },
  );
}

function isChange(value: unknown): value is Change {
  if (value === null || typeof value !== 'object') return false;
  const fields: Partial<Record<string, unknown>> = { ...value };
  return ['id', 'type', 'registryId', 'observedAt'].every((name) => typeof fields[name] === 'string');
}

function omitted(value: unknown): unknown {
  const bytes = bytesOf(JSON.stringify(value) ?? '');
  return bytes < 100 ? value : { omittedBytes: bytes };
}

function bytesIn(field: FieldChange | undefined): number {
  return bytesOf(JSON.stringify(field) ?? '');
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
