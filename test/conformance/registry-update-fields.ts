import { expect } from 'vitest';
import type { RegistryCapability } from '../../src/domain/capabilities.js';
import { InvalidInputError } from '../../src/domain/errors.js';
import type { ModelRecord, ModelVersionRecord, Tag } from '../../src/domain/model.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import type { Writable } from './registry-writes.js';

/** A field of an update: what gates it, and a value of it. */
export interface Field<V> {
  readonly capability: RegistryCapability;
  readonly value: V;
}

export const TAG: Tag = { key: 'tier', value: 'gold' };

/** All of these must be refused as not fitting, with nothing written. */
export async function allInvalid<I>(
  { refusedAll }: Writable,
  inputs: readonly I[],
  write: (input: I) => Promise<unknown>,
): Promise<void> {
  const errors = await refusedAll(inputs.map((input) => () => write(input)));
  for (const [index, error] of errors.entries()) {
    expect(error, JSON.stringify(inputs[index]).slice(0, 80)).toBeInstanceOf(InvalidInputError);
  }
}

export function badTags<S extends string, R extends string>(set: S, remove: R): Record<string, unknown>[] {
  return [
    { [set]: [TAG], [remove]: ['tier'] },
    { [set]: [TAG, { ...TAG, value: 'silver' }] },
    { [set]: [{ key: '', value: 'v' }] },
    { [set]: [{ key: 'k', value: 'lone \ud800' }] },
    { [set]: [{ key: 'registrar.decision', value: 'forged' }] },
    { [remove]: ['registrar.decision'] },
    // A database may take these for the same keys.
    { [set]: [{ key: 'Registrar.Decision', value: 'forged' }] },
    { [set]: [{ key: ' registrar.decision ', value: 'forged' }] },
    { [remove]: ['REGISTRAR.decision'] },
    { [remove]: ['ｒegistrar.décision '] },
    { [remove]: [''] },
  ];
}

/** Whether any of the fields can be changed. */
export function isOn(
  { capabilities }: RegistryAdapter,
  fields: Readonly<Record<string, { readonly capability: RegistryCapability }>>,
): boolean {
  return Object.values(fields).some(({ capability }) => capabilities[capability]);
}

/** A record without what every write may change. */
export function unstamped<R extends ModelRecord | ModelVersionRecord>(record: R): Omit<R, 'updatedAt'> {
  const { updatedAt: _, ...rest } = record;
  return rest;
}
