import type { ApprovalStatus, Timestamp } from '../../src/domain/model.js';

// The key attributes of docs/dynamodb-table.md, and nothing else: who writes an item and who checks one that others wrote both come here.

const NUMBER_DIGITS = 10;
const UTF8 = new TextEncoder();

/** A version number that the zero-padded keys can hold. */
export const VERSION_NUMBER_MAX = 10 ** NUMBER_DIGITS - 1;

/** A sort key has at most 1,024 bytes, and the longest one is `<time>#<name>#<number>`. */
const NAME_BYTES_MAX = 1024 - '2026-11-20T08:15:30.250Z##'.length - NUMBER_DIGITS;

/** Primary key of one item. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

export interface ModelKeys extends ItemKey {
  readonly registry: string;
  readonly name: string;
}

export interface VersionKeys extends ItemKey {
  readonly registry: string;
  readonly createdKey: string;
  readonly registryStatus: string;
  readonly statusNumber: string;
}

/** Whether an item of that name can exist at all: DynamoDB refuses even to look for a longer key. */
export function isStorableName(name: string): boolean {
  return name !== '' && name.isWellFormed() && UTF8.encode(name).length <= NAME_BYTES_MAX;
}

/** The number that a version's text stands for; undefined where the text is not the canonical spelling of one. */
export function versionNumber(version: string): number | undefined {
  return /^[1-9]\d{0,9}$/.test(version) ? Number(version) : undefined;
}

export function modelKey(namespace: string, name: string): ItemKey {
  return { pk: `REG#${namespace}#MODEL#${name}`, sk: 'META' };
}

export function versionKey(namespace: string, name: string, number: number): ItemKey {
  return { pk: modelKey(namespace, name).pk, sk: versionSortKey(number) };
}

/** What a key stands for: a model, or (with `number`) a version; null for a command and for what is none of the layout's. */
export function parseItemKey({
  pk,
  sk,
}: ItemKey): { readonly namespace: string; readonly name: string; readonly number: number | null } | null {
  const [, namespace, name] = /^REG#([^#]+)#MODEL#([\s\S]+)$/.exec(pk) ?? [];
  const [, digits] = /^V#(\d{10})$/.exec(sk) ?? [];
  if (namespace === undefined || name === undefined || (sk !== 'META' && digits === undefined)) return null;
  return { namespace, name, number: digits === undefined ? null : Number(digits) };
}

/** `hash` names the command: SHA-256 over the caller and the request id. */
export function commandKey(namespace: string, hash: string): ItemKey {
  return { pk: `REG#${namespace}#CMD#${hash}`, sk: 'CMD' };
}

export function modelKeys(namespace: string, name: string): ModelKeys {
  return { ...modelKey(namespace, name), registry: namespace, name };
}

export function versionKeys(
  namespace: string,
  version: {
    readonly name: string;
    readonly number: number;
    readonly createdAt: Timestamp;
    readonly status: ApprovalStatus;
  },
): VersionKeys {
  return {
    ...versionKey(namespace, version.name, version.number),
    registry: namespace,
    createdKey: createdKey(version.createdAt, version.name, version.number),
    registryStatus: registryStatus(namespace, version.status),
    statusNumber: statusNumber(version.status, version.number),
  };
}

/** Padded with zeros, because keys sort as bytes. */
export function versionSortKey(number: number): string {
  return `V#${padded(number)}`;
}

/** Time first; name and number tell versions of the same millisecond apart, always in the same order. */
export function createdKey(createdAt: Timestamp, name: string, number: number): string {
  return `${createdAt}#${name}#${padded(number)}`;
}

export function registryStatus(namespace: string, status: ApprovalStatus): string {
  return `${namespace}#${status}`;
}

export function statusNumber(status: ApprovalStatus, number: number): string {
  return `${status}#${padded(number)}`;
}

function padded(number: number): string {
  return String(number).padStart(NUMBER_DIGITS, '0');
}
