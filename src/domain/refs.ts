import { InvalidInputError } from './errors.js';

/** Names one model: the registry's id from the config, and the name exactly as the registry holds it. */
export interface ModelRef {
  readonly registryId: string;
  readonly name: string;
  /** AWS account that owns a group shared with this registry's account; absent for the registry's own models. */
  readonly ownerAccount?: string;
}

/** Names one version of a model; `version` is the text the registry writes, e.g. `12`. */
export interface VersionRef extends ModelRef {
  readonly version: string;
}

export type NodeRef =
  | { readonly type: 'registry'; readonly registryId: string }
  | { readonly type: 'model'; readonly ref: ModelRef }
  | { readonly type: 'version'; readonly ref: VersionRef };

const REGISTRY_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
const OWNED_NAME = /^(\d{12}):([\s\S]+)$/;

export function isRegistryId(value: string): boolean {
  return REGISTRY_ID.test(value);
}

/** `<registryId>/<name>`; a group owned by another account is named `<accountId>:<group>`. */
export function modelId(ref: ModelRef): string {
  return `${ref.registryId}/${encodePart(namePart(ref))}`;
}

/** `<registryId>/<name>/<version>`. */
export function versionId(ref: VersionRef): string {
  return `${modelId(ref)}/${encodePart(ref.version)}`;
}

export function modelOf(ref: VersionRef): ModelRef {
  return ref.ownerAccount === undefined
    ? { registryId: ref.registryId, name: ref.name }
    : { registryId: ref.registryId, name: ref.name, ownerAccount: ref.ownerAccount };
}

/**
 * Reads an id back. Only the one canonical spelling of an id is accepted, so that an id is a key.
 * @throws InvalidInputError when the id is malformed or not canonical.
 */
export function parseNodeId(id: string): NodeRef {
  const parts = id.split('/');
  const [registryId = '', name, version] = parts;
  if (parts.length > 3 || !isRegistryId(registryId)) throw malformed(id);
  if (name === undefined) return { type: 'registry', registryId };
  const model = refFromNamePart(registryId, decodePart(name, id));
  if (version === undefined) return { type: 'model', ref: model };
  return { type: 'version', ref: { ...model, version: decodePart(version, id) } };
}

/** @throws InvalidInputError unless the id names a model. */
export function parseModelId(id: string): ModelRef {
  const node = parseNodeId(id);
  if (node.type !== 'model') throw notA(id, 'model', '<registryId>/<name>');
  return node.ref;
}

/** @throws InvalidInputError unless the id names a version. */
export function parseVersionId(id: string): VersionRef {
  const node = parseNodeId(id);
  if (node.type !== 'version') throw notA(id, 'model version', '<registryId>/<name>/<version>');
  return node.ref;
}

/** The name as it stands in an id before encoding. */
export function namePart(ref: ModelRef): string {
  return ref.ownerAccount === undefined ? ref.name : `${ref.ownerAccount}:${ref.name}`;
}

/** Splits a name as it stands in an id, or as a caller gives it to `modelByName`, into owner account and name. */
export function refFromNamePart(registryId: string, part: string): ModelRef {
  const owned = OWNED_NAME.exec(part);
  const [, ownerAccount, name] = owned ?? [];
  if (ownerAccount === undefined || name === undefined) return { registryId, name: part };
  return { registryId, name, ownerAccount };
}

function encodePart(part: string): string {
  try {
    return encodeURIComponent(part);
  } catch {
    throw new InvalidInputError('The name holds a lone surrogate, which no registry can hold. Send well-formed text.');
  }
}

function decodePart(part: string, id: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(part);
  } catch {
    throw malformed(id);
  }
  if (decoded === '' || !decoded.isWellFormed() || encodeURIComponent(decoded) !== part) throw malformed(id);
  return decoded;
}

function malformed(id: string): InvalidInputError {
  return new InvalidInputError(
    `${quote(id)} is not an id. Ids are <registryId>, <registryId>/<name> or <registryId>/<name>/<version>, ` +
      'each part encoded as by encodeURIComponent; pass an id as the API gave it.',
  );
}

function notA(id: string, what: string, form: string): InvalidInputError {
  return new InvalidInputError(`${quote(id)} is not the id of a ${what}, which has the form ${form}.`);
}

/** A caller's value for an error message: short, and safe to print. */
export function quote(value: string): string {
  const shown = value.length > 80 ? `${value.slice(0, 80)}…` : value;
  return JSON.stringify(shown.toWellFormed());
}
