import { InvalidInputError, UnsupportedError } from '../../src/domain/errors.js';
import type { Tag } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import type { NewMetric, NewReport, NewVersion, RegistryAdapter } from '../../src/domain/registry.js';
import { jsonFault } from './json-fault.js';
import { isReserved } from './reserved.js';
import { type GatedCall, unsupported } from './unsupported.js';

/** What an adapter has declared: all that the refusals judge by. */
export type Declared = Pick<RegistryAdapter, 'id' | 'capabilities' | 'limits'>;

const REQUEST_ID_MAX = 36;

/** The rules that the calls share, each refusing in the name of one call. */
export function rulesOf({ id, capabilities, limits }: Declared, operation: GatedCall) {
  const context = { registryId: id, operation };

  const invalid = (what: string): never => {
    throw new InvalidInputError(`Registry ${id} cannot hold this: ${what}.`, context);
  };

  const text = (field: string, value: string) => {
    if (!value.isWellFormed()) invalid(`${field} holds a lone surrogate; send well-formed text`);
  };

  const nonEmpty = (field: string, value: string) => {
    text(field, value);
    if (value === '') invalid(`${field} is empty. Leave it out where there is none`);
  };

  const atMost = (field: string, value: string, max: number) => {
    text(field, value);
    if (value.length > max) invalid(`${field} has ${value.length} characters, at most ${max} fit`);
  };

  const unique = (field: string, keys: readonly string[]) => {
    const seen = new Set<string>();
    for (const key of keys) {
      if (seen.has(key)) invalid(`${field} names the key ${quote(key)} twice`);
      seen.add(key);
    }
  };

  const key = (field: string, value: string) => {
    if (value === '') invalid(`${field} has an entry with an empty key`);
    text(`${field}, key ${quote(value)},`, value);
    if (isReserved(value)) invalid(`${field} has the key ${quote(value)}, which is reserved. Choose another`);
  };

  const entries = (field: string, given: readonly Tag[]) => {
    for (const entry of given) {
      if (entry.key === '') invalid(`${field} has an entry with an empty key`);
      text(`${field}, key ${quote(entry.key)},`, entry.key);
      text(`${field}, value of ${quote(entry.key)},`, entry.value);
    }
    unique(
      field,
      given.map((entry) => entry.key),
    );
  };

  const tags = (field: string, given: readonly Tag[]) => {
    entries(field, given);
    for (const entry of given) key(field, entry.key);
  };

  const capability = (name: Parameters<typeof unsupported>[0], field?: string) => {
    if (!capabilities[name]) throw unsupported(name, { ...context, ...(field === undefined ? {} : { field }) });
  };

  /** Each key is set or removed, not both: nobody could say what is meant. */
  const removal = (field: string, removed: readonly string[], set: readonly Tag[]) => {
    const kept = new Set(set.map((entry) => entry.key));
    for (const name of removed) {
      key(field, name);
      if (kept.has(name)) invalid(`the key ${quote(name)} is both set and removed. Send one of the two`);
    }
  };

  const hasMetadata = () => {
    if (limits.metadataEntriesMax !== 0) return;
    throw new UnsupportedError(`Registry ${id} has no metadata on versions. Leave the field metadata out.`, context);
  };

  return {
    invalid,
    text,
    nonEmpty,
    atMost,
    tags,
    entries,
    capability,
    removal,
    name(value: string) {
      atMost('name', value, limits.modelNameMax);
      if (!matches(limits.modelNamePattern, value)) {
        invalid(`the name ${quote(value)} does not match ${limits.modelNamePattern}`);
      }
    },
    description(value: string | null | undefined) {
      if (typeof value === 'string') atMost('description', value, limits.descriptionMax);
    },
    requestId(value: string | undefined) {
      if (value !== undefined && (value === '' || value.length > REQUEST_ID_MAX)) {
        invalid(`requestId must have 1 to ${REQUEST_ID_MAX} characters`);
      }
    },
    artifacts(artifacts: NewVersion['artifacts']) {
      if (artifacts.length === 0) invalid('artifacts is empty; name at least one');
      if (artifacts.some((artifact) => artifact.uri === '')) invalid('artifacts has an entry with an empty uri');
      if (artifacts.length > 1) capability('MULTIPLE_ARTIFACTS', 'artifacts with more than one entry');
    },
    metadata(given: readonly Tag[]) {
      const { metadataEntriesMax, metadataKeyMax, metadataValueMax, metadataValuePattern } = limits;
      hasMetadata();
      if (metadataEntriesMax !== null && given.length > metadataEntriesMax) {
        invalid(`metadata has ${given.length} entries, at most ${metadataEntriesMax} fit`);
      }
      tags('metadata', given);
      for (const entry of given) {
        atMost('a key of metadata', entry.key, metadataKeyMax);
        atMost(`metadata ${quote(entry.key)}`, entry.value, metadataValueMax);
        if (metadataValuePattern !== null && !matches(metadataValuePattern, entry.value)) {
          invalid(`metadata ${quote(entry.key)} does not match ${metadataValuePattern}`);
        }
      }
    },
    metrics(metrics: readonly NewMetric[]) {
      const seen = new Set<string>();
      for (const { name, value, unit, dataset } of metrics) {
        nonEmpty('the name of a metric', name);
        if (!Number.isFinite(value)) invalid(`the metric ${quote(name)} is ${value}; send a finite number`);
        if (unit !== undefined) nonEmpty(`the unit of the metric ${quote(name)}`, unit);
        if (dataset !== undefined) nonEmpty(`the dataset of the metric ${quote(name)}`, dataset);
        const identity = JSON.stringify([name, dataset ?? null]);
        if (seen.has(identity)) invalid(`metrics has ${quote(name)} twice for the same dataset`);
        seen.add(identity);
      }
    },
    reports(reports: readonly NewReport[]) {
      for (const { uri, contentType } of reports) {
        nonEmpty('the uri of a report', uri);
        if (contentType !== undefined) nonEmpty('the contentType of a report', contentType);
      }
    },
    modelCard(content: unknown) {
      const fault = jsonFault(content);
      if (fault !== null) invalid(`modelCard ${fault}`);
    },
  };
}

/** Whether the pattern matches the whole value: the one way in which the patterns of `RegistryLimits` are meant. */
export function matches(pattern: string, value: string): boolean {
  return new RegExp(`^(?:${pattern})$`, 'u').test(value);
}
