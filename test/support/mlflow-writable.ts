import { afterAll, beforeAll } from 'vitest';
import type { DecisionMark, ModelVersionRecord } from '../../src/domain/model.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { NewVersion, RegistryAdapter } from '../../src/domain/registry.js';
import { call } from '../conformance/registry-walk.js';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import { type OpenedMlflow, openMlflow } from './mlflow-registry.js';

export const URI = 's3://registrar-conformance/model.tar.gz';

export const MARK: DecisionMark = {
  id: '1.0f',
  status: 'APPROVED',
  actor: 'ana@example.com',
  at: '2026-11-20T08:15:30.250Z',
  comment: 'Good on October',
};

/** A registry with the model `written`, and a second adapter over it behind a fault proxy. Its members are there once the tests run. */
export interface MlflowWritable {
  opened(): OpenedMlflow;
  adapter(): RegistryAdapter;
  through(): RegistryAdapter;
  proxy(): FaultProxy;
  model(): ModelRef;
  create(name: string): Promise<ModelRef>;
  /** A version of `written`, unless the input names another model. */
  register(input?: Partial<NewVersion>, by?: RegistryAdapter): Promise<ModelVersionRecord>;
  read(ref: VersionRef): Promise<ModelVersionRecord>;
  /** All tags, those among them that a record does not show. */
  rawTags(ref: VersionRef): Promise<Record<string, string>>;
  /** From now on the second request to `match` fails, and no other. */
  failSecond(match: string): void;
}

export function openMlflowWritable(url: string): MlflowWritable {
  let opened: OpenedMlflow;
  let proxy: FaultProxy;
  let through: RegistryAdapter;
  let model: ModelRef;

  const create = async (name: string) => (await opened.adapter.createModel({ name }, call())).ref;

  beforeAll(async () => {
    opened = await openMlflow(url);
    proxy = await startFaultProxy(url);
    through = opened.through(proxy.origin);
    model = await create('written');
  });
  afterAll(async () => {
    await through[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
  });

  return {
    opened: () => opened,
    adapter: () => opened.adapter,
    through: () => through,
    proxy: () => proxy,
    model: () => model,
    create,
    register: (input = {}, by = opened.adapter) =>
      by.registerVersion({ model, artifacts: [{ uri: URI }], ...input }, call()),
    async read(ref) {
      const [found] = await opened.adapter.getVersions([ref], call({ consistency: 'strong' }));
      if (found === undefined || found === null || found instanceof Error) throw found ?? new Error('It is gone.');
      return found;
    },
    async rawTags({ name, version }) {
      const query = new URLSearchParams({ name, version });
      const answer = (await opened.api.call('GET', `/model-versions/get?${query}`)) as {
        model_version: { tags?: readonly { key: string; value: string }[] };
      };
      return Object.fromEntries((answer.model_version.tags ?? []).map(({ key, value }) => [key, value]));
    },
    failSecond(match) {
      proxy.reset();
      proxy.inject({ kind: 'status', status: 500 }, { match, times: 1 });
      proxy.inject({ kind: 'delay', ms: 0 }, { match, times: 1 });
    },
  };
}
