import type { ApprovalStatus } from '../../src/domain/model.js';
import type { CallOptions, RegistryAdapter } from '../../src/domain/registry.js';
import { memoryRegistryOf } from '../support/gateway.js';

const call: CallOptions = { signal: new AbortController().signal, priority: 'interactive' };

export interface SampleModel {
  readonly name: string;
  readonly statuses: readonly ApprovalStatus[];
  readonly aliases?: Readonly<Record<string, number>>;
  readonly owner?: string;
}

/** A memory registry with these models; version n has the n-th status. */
export async function sampleRegistry(id: string, models: readonly SampleModel[]): Promise<RegistryAdapter> {
  const { adapter, store } = memoryRegistryOf(id);
  for (const { name, statuses, aliases = {}, owner } of models) {
    await adapter.createModel(
      { name, tags: [{ key: 'tier', value: '1' }], ...(owner === undefined ? {} : { owner }) },
      call,
    );
    for (const [index, status] of statuses.entries()) {
      await adapter.registerVersion(
        { model: { registryId: id, name }, artifacts: [{ uri: `s3://models/${name}/${index + 1}` }] },
        call,
      );
      store.updateVersion(name, index + 1, { approvalStatus: status });
    }
    for (const [alias, number] of Object.entries(aliases)) store.setAlias(name, alias, number);
  }
  return adapter;
}
