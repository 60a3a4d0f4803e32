import { setTimeout as sleep } from 'node:timers/promises';
import type { ApprovalStatus, ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import type { ModelRef, VersionRef } from '../../src/domain/refs.js';
import type { NewModel, NewVersion, RegistryAdapter } from '../../src/domain/registry.js';
import type { OpenedRegistry, RegistryHarness } from './harness.js';
import { call } from './registry-walk.js';

/** A registry with one of everything that the adapter says it can hold, and what is in it, as single strong reads tell. */
export interface Population extends AsyncDisposable {
  readonly opened: OpenedRegistry;
  readonly adapter: RegistryAdapter;
  readonly models: readonly ModelRecord[];
  readonly versions: readonly ModelVersionRecord[];
  /** The model with most versions, and of every status. */
  readonly main: ModelRef;
  readonly empty: ModelRef;
  versionsOf(model: ModelRef): readonly ModelVersionRecord[];
}

const MAIN = 'fraud-detector';
const EMPTY = 'empty-model';
const MAIN_STATUSES: readonly ApprovalStatus[] = [
  'REJECTED',
  'APPROVED',
  'APPROVED',
  'PENDING',
  'REJECTED',
  'PENDING',
  'PENDING',
];

const MODELS: readonly { readonly model: NewModel; readonly versions: readonly ApprovalStatus[] }[] = [
  { model: { name: 'Zeta-ranker', description: 'Ranks search results' }, versions: ['PENDING', 'PENDING'] },
  { model: { name: EMPTY }, versions: [] },
  {
    model: {
      name: MAIN,
      description: 'Scores card payments for fraud',
      owner: 'team-risk',
      tags: [
        { key: 'tier', value: 'gold' },
        { key: 'domain', value: 'payments' },
      ],
    },
    versions: MAIN_STATUSES,
  },
  {
    model: { name: 'churn-model', owner: 'team-growth', tags: [{ key: 'tier', value: 'silver' }] },
    versions: ['APPROVED', 'PENDING', 'APPROVED'],
  },
  { model: { name: 'alpha-2', description: 'Second try' }, versions: ['REJECTED'] },
];

export async function populate(harness: RegistryHarness): Promise<Population> {
  const opened = await harness.open();
  const { adapter } = opened;
  const refs: VersionRef[] = [];
  const models: ModelRef[] = [];
  for (const { model, versions } of [...MODELS, ...odd(harness, adapter)]) {
    const { ref } = await adapter.createModel(fitting(adapter, model), call());
    models.push(ref);
    for (const [index, status] of versions.entries()) {
      const version = await register(adapter, ref, index + 1);
      if (status !== 'PENDING') await opened.setApprovalStatus(version, status);
      refs.push(version);
    }
    // So that creation times differ between models whatever the upstream truncates them to, and agree within one where it does.
    if (model.name === EMPTY) await sleep(harness.timestampPrecisionMs + 50);
  }
  await decorate(opened, refs);
  const found = {
    models: (await adapter.getModels(models, call({ consistency: 'strong' }))).map(present),
    versions: (await adapter.getVersions(refs, call({ consistency: 'strong' }))).map(present),
  };
  return {
    opened,
    adapter,
    ...found,
    main: { registryId: adapter.id, name: MAIN },
    empty: { registryId: adapter.id, name: EMPTY },
    versionsOf: (model) => found.versions.filter((version) => version.ref.name === model.name),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/** In UTF-16, the order of JavaScript, the second comes before the first. */
const NAMES_IN_BYTE_ORDER = ['order-\ufb01', 'order-😀'];

function odd({ oddNames }: RegistryHarness, { limits }: RegistryAdapter): typeof MODELS {
  const pattern = new RegExp(`^(?:${limits.modelNamePattern})$`, 'u');
  const names = [...oddNames, ...NAMES_IN_BYTE_ORDER.filter((name) => pattern.test(name))];
  return names.map((name) => ({ model: { name }, versions: ['PENDING'] }));
}

/** A version with what the registry can hold, different from its siblings in every field. */
export function newVersion(adapter: RegistryAdapter, model: ModelRef, index: number): NewVersion {
  const { capabilities, limits } = adapter;
  return {
    model,
    description: `Candidate ${index} of ${index % 2 === 0 ? 'spring' : 'autumn'}`,
    artifacts: [{ uri: `s3://registrar-conformance/${encodeURIComponent(model.name)}/${index}/model.tar.gz` }],
    ...(limits.metadataEntriesMax === 0 ? {} : { metadata: [{ key: 'candidate', value: `c${index}` }] }),
    ...(capabilities.TAG_VERSIONS ? { tags: [{ key: 'season', value: index % 2 === 0 ? 'spring' : 'autumn' }] } : {}),
  };
}

async function register(adapter: RegistryAdapter, model: ModelRef, index: number): Promise<VersionRef> {
  const caller = { name: index % 2 === 0 ? 'ana@example.com' : 'ben@example.com' };
  return (await adapter.registerVersion(newVersion(adapter, model, index), call({ caller }))).ref;
}

/** The part of a model that the registry can hold. */
function fitting({ capabilities }: RegistryAdapter, { name, description, owner, tags }: NewModel): NewModel {
  return {
    name,
    ...(description === undefined ? {} : { description }),
    ...(capabilities.TAG_MODELS && owner !== undefined ? { owner } : {}),
    ...(capabilities.TAG_MODELS && tags !== undefined ? { tags } : {}),
  };
}

async function decorate(opened: OpenedRegistry, refs: readonly VersionRef[]): Promise<void> {
  const { capabilities, limits } = opened.adapter;
  const main = (version: string) => find(refs, MAIN, version);
  if (capabilities.ALIASES) {
    await opened.setAlias(main('3'), 'champion');
    await opened.setAlias(main('3'), 'canary');
    await opened.setAlias(main('7'), 'challenger');
    await opened.setAlias(find(refs, 'churn-model', '1'), 'champion');
  }
  if (capabilities.STAGES) {
    await opened.setStage(main('3'), stageNamed(limits.stages, 'Production'));
    await opened.setStage(main('7'), stageNamed(limits.stages, 'Staging'));
  }
}

export function stageNamed(stages: readonly string[] | null, wanted: string): string {
  if (stages === null || stages.includes(wanted)) return wanted;
  throw new Error(`The suite needs a stage ${wanted}; the registry has ${stages.join(', ')}.`);
}

function find(refs: readonly VersionRef[], name: string, version: string): VersionRef {
  const ref = refs.find((candidate) => candidate.name === name && candidate.version === version);
  if (ref === undefined)
    throw new Error(`Version ${version} of ${name} was expected; registering numbers them from 1.`);
  return ref;
}

/** The record of a lookup that is expected to have found one. */
export function present<T>(answer: T): Exclude<T, null | undefined | Error> {
  if (answer === null || answer === undefined)
    throw new Error('A record was expected; the adapter says that there is none.');
  if (answer instanceof Error) throw answer;
  return answer as Exclude<T, null | undefined | Error>;
}
