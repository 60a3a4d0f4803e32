import { InvalidInputError, UnsupportedError } from '../../src/domain/errors.js';
import type { Tag } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { NewModel, NewVersion, RegistryAdapter } from '../../src/domain/registry.js';
import { unsupported } from './unsupported.js';

/** What an adapter has declared: all that these refusals judge by. */
export type Declared = Pick<RegistryAdapter, 'id' | 'capabilities' | 'limits'>;

const REQUEST_ID_MAX = 36;

/**
 * Refuses what the declarations already rule out, before anything is written.
 * @throws InvalidInputError, UnsupportedError
 */
export function refuseModel(registry: Declared, input: NewModel): void {
  const call = refusalsOf(registry, 'createModel');
  call.name(input.name);
  call.description(input.description);
  call.requestId(input.requestId);
  if (input.owner !== undefined) {
    call.capability('TAG_MODELS', 'owner');
    call.text('owner', input.owner);
    if (input.owner === '') call.invalid('owner is empty. Leave it out where there is none');
  }
  if (isGiven(input.tags)) {
    call.capability('TAG_MODELS', 'tags');
    call.tags('tags', input.tags ?? []);
  }
}

/** As `refuseModel`, for a version. */
export function refuseVersion(registry: Declared, input: NewVersion): void {
  const call = refusalsOf(registry, 'registerVersion');
  call.description(input.description);
  call.requestId(input.requestId);
  call.artifacts(input.artifacts);
  if (isGiven(input.tags)) {
    call.capability('TAG_VERSIONS', 'tags');
    call.tags('tags', input.tags ?? []);
  }
  if (isGiven(input.metadata)) call.metadata(input.metadata ?? []);
  if (isGiven(input.lineage)) call.capability('LINEAGE', 'lineage');
  if (isGiven(input.inference)) call.capability('REGISTER_INFERENCE', 'inference');
}

/** An empty list or object asks for nothing, so every registry can hold it. */
function isGiven(value: object | undefined): boolean {
  return value !== undefined && Object.values(value).some((entry) => entry !== undefined && entry !== null);
}

function refusalsOf({ id, capabilities, limits }: Declared, operation: 'createModel' | 'registerVersion') {
  const context = { registryId: id, operation };

  const invalid = (what: string): never => {
    throw new InvalidInputError(`Registry ${id} cannot hold this: ${what}.`, context);
  };

  const text = (field: string, value: string) => {
    if (!value.isWellFormed()) invalid(`${field} holds a lone surrogate; send well-formed text`);
  };

  const atMost = (field: string, value: string, max: number) => {
    text(field, value);
    if (value.length > max) invalid(`${field} has ${value.length} characters, at most ${max} fit`);
  };

  const tags = (field: string, entries: readonly Tag[]) => {
    const keys = new Set<string>();
    for (const { key, value } of entries) {
      if (key === '') invalid(`${field} has an entry with an empty key`);
      if (keys.has(key)) invalid(`${field} names the key ${quote(key)} twice`);
      keys.add(key);
      text(`${field}, key ${quote(key)},`, key);
      text(`${field}, value of ${quote(key)},`, value);
    }
  };

  return {
    invalid,
    text,
    tags,
    capability(name: Parameters<typeof unsupported>[0], field: string) {
      if (!capabilities[name]) throw unsupported(name, { ...context, field });
    },
    name(value: string) {
      atMost('name', value, limits.modelNameMax);
      if (!new RegExp(`^(?:${limits.modelNamePattern})$`, 'u').test(value)) {
        invalid(`the name ${quote(value)} does not match ${limits.modelNamePattern}`);
      }
    },
    description(value: string | undefined) {
      if (value !== undefined) atMost('description', value, limits.descriptionMax);
    },
    requestId(value: string | undefined) {
      if (value !== undefined && (value === '' || value.length > REQUEST_ID_MAX)) {
        invalid(`requestId must have 1 to ${REQUEST_ID_MAX} characters`);
      }
    },
    artifacts(artifacts: NewVersion['artifacts']) {
      if (artifacts.length === 0) invalid('artifacts is empty; name at least one');
      if (artifacts.some((artifact) => artifact.uri === '')) invalid('artifacts has an entry with an empty uri');
      if (artifacts.length > 1 && !capabilities.MULTIPLE_ARTIFACTS) {
        throw unsupported('MULTIPLE_ARTIFACTS', { ...context, field: 'artifacts with more than one entry' });
      }
    },
    metadata(entries: readonly Tag[]) {
      const { metadataEntriesMax, metadataKeyMax, metadataValueMax, metadataValuePattern } = limits;
      if (metadataEntriesMax === 0) {
        throw new UnsupportedError(
          `Registry ${id} has no metadata on versions. Leave the field metadata out.`,
          context,
        );
      }
      if (metadataEntriesMax !== null && entries.length > metadataEntriesMax) {
        invalid(`metadata has ${entries.length} entries, at most ${metadataEntriesMax} fit`);
      }
      tags('metadata', entries);
      const pattern = metadataValuePattern === null ? null : new RegExp(`^(?:${metadataValuePattern})$`, 'u');
      for (const { key, value } of entries) {
        atMost('a key of metadata', key, metadataKeyMax);
        atMost(`metadata ${quote(key)}`, value, metadataValueMax);
        if (pattern?.test(value) === false) invalid(`metadata ${quote(key)} does not match ${metadataValuePattern}`);
      }
    },
  };
}
