import { CostExceededError, RegistryError, UnexpectedUpstreamError } from '../../src/domain/errors.js';
import type { ApprovalStatus, ModelVersionRecord } from '../../src/domain/model.js';
import { type ModelRef, quote } from '../../src/domain/refs.js';
import type { Lookup } from '../../src/domain/registry.js';
import { batchGet } from './batch-get.js';
import { modelKey, registryStatus, statusNumber, VERSION_NUMBER_MAX, versionKey } from './keys.js';
import { lookup } from './lookup.js';
import { type StoredModel, toModel, toVersion } from './map.js';
import { queryRange } from './query-range.js';
import { type DynamoDbRegistry, isOurs, mapContext } from './registry.js';
import type { Call } from './session.js';
import { GLOBAL_INDEXES, LOCAL_INDEXES } from './table.js';

/** Up to so many models are looked up one by one before the status's own index is read instead. */
const DIRECT_LOOKUPS = 3;
/** How much of the status's index one call of the contract reads. */
const INDEX_CALLS_MAX = 3;
const INDEX_ITEMS_MAX = 1000;
/** Models that the index did not settle are looked up one by one, up to this many. */
const LOOKUPS_MAX = 20;

type Answers = Map<string, Lookup<ModelVersionRecord>>;

/**
 * Two calls per 100 models for the latest and the latest approved versions, which the model's item points to. Any other status is found through
 * the status indexes, in a number of calls that has a bound.
 */
export async function getLatestVersions(
  registry: DynamoDbRegistry,
  models: readonly ModelRef[],
  approvalStatus: ApprovalStatus | undefined,
  call: Call,
): Promise<readonly Lookup<ModelVersionRecord>[]> {
  const names = [...new Set(models.filter((ref) => isOurs(registry, ref)).map((ref) => ref.name))];
  const answers =
    approvalStatus === undefined || approvalStatus === 'APPROVED'
      ? await byPointers(registry, names, approvalStatus, call)
      : await byStatus(registry, names, approvalStatus, call);
  return models.map((ref) => (isOurs(registry, ref) ? (answers.get(ref.name) ?? null) : null));
}

/** Pointer and version are two reads, between which others write: what does not fit together is read once more, consistently. */
async function byPointers(
  registry: DynamoDbRegistry,
  names: readonly string[],
  status: 'APPROVED' | undefined,
  call: Call,
): Promise<Answers> {
  const first = await followPointers(registry, names, status, call, false);
  const torn = names.filter((name) => first.get(name) === undefined);
  if (torn.length === 0) return first;
  const second = await followPointers(registry, torn, status, call, true);
  for (const name of torn) first.set(name, second.get(name) ?? brokenPointer(registry, name, call));
  return first;
}

/** A name without an answer: its pointer and its versions do not fit together. */
async function followPointers(
  registry: DynamoDbRegistry,
  names: readonly string[],
  status: 'APPROVED' | undefined,
  call: Call,
  strong: boolean,
): Promise<Answers> {
  const { session } = registry;
  const { namespace } = session;
  const answers: Answers = new Map();
  const pointers = new Map<string, { readonly model: StoredModel; readonly number: number }>();
  const models = await batchGet(
    session,
    names.map((name) => modelKey(namespace, name)),
    call,
    strong,
  );
  for (const name of names) {
    const model = lookup(models.get(modelKey(namespace, name)), (item) => toModel(item, mapContext(registry, call)));
    const number =
      model instanceof RegistryError
        ? undefined
        : model?.[status === undefined ? 'latestVersion' : 'latestApprovedVersion'];
    if (model instanceof RegistryError) answers.set(name, model);
    else if (model === null || number === undefined) answers.set(name, null);
    else pointers.set(name, { model, number });
  }
  const keys = [...pointers].map(([name, { number }]) => versionKey(namespace, name, number));
  const versions = await batchGet(session, keys, call, strong);
  for (const [name, { model, number }] of pointers) {
    const version = lookup(versions.get(versionKey(namespace, name, number)), (item) =>
      toVersion(item, mapContext(registry, call), model.record),
    );
    if (version === null) continue;
    if (version instanceof RegistryError || status === undefined || version.approvalStatus === status) {
      answers.set(name, version);
    }
  }
  return answers;
}

async function byStatus(
  registry: DynamoDbRegistry,
  names: readonly string[],
  status: ApprovalStatus,
  call: Call,
): Promise<Answers> {
  const answers: Answers = new Map();
  let open = names;
  // The index over all models may lag behind a write, so a strong read has to go model by model.
  if (names.length > DIRECT_LOOKUPS && call.options.consistency !== 'strong') {
    const isComplete = await readStatusIndex(registry, new Set(names), status, call, answers);
    open = isComplete ? [] : names.filter((name) => !answers.has(name));
  }
  const looked = open.slice(0, LOOKUPS_MAX);
  const found = await Promise.all(looked.map((name) => latestInStatus(registry, name, status, call)));
  for (const [index, name] of looked.entries()) answers.set(name, found[index] ?? null);
  for (const name of open.slice(LOOKUPS_MAX)) answers.set(name, tooMany(registry, status, call));
  return answers;
}

/** Newest first, so the first version met of a model is its latest. True when the whole index has been read. */
async function readStatusIndex(
  registry: DynamoDbRegistry,
  names: ReadonlySet<string>,
  status: ApprovalStatus,
  call: Call,
  answers: Answers,
): Promise<boolean> {
  const { hash, range } = GLOBAL_INDEXES.review;
  const { items, isComplete } = await queryRange(
    registry.session,
    {
      index: 'review',
      hash: { attribute: hash, value: registryStatus(registry.session.namespace, status) },
      range: { attribute: range },
      direction: 'DESC',
      limit: INDEX_ITEMS_MAX,
      callsMax: INDEX_CALLS_MAX,
      consistent: false,
    },
    call,
  );
  for (const item of items) {
    const name = String(item.model);
    if (!names.has(name) || answers.has(name)) continue;
    answers.set(
      name,
      lookup(item, (found) => toVersion(found, mapContext(registry, call))),
    );
  }
  return isComplete;
}

async function latestInStatus(
  registry: DynamoDbRegistry,
  name: string,
  status: ApprovalStatus,
  call: Call,
): Promise<Lookup<ModelVersionRecord>> {
  const { hash, range } = LOCAL_INDEXES.status;
  const { items } = await queryRange(
    registry.session,
    {
      index: 'status',
      hash: { attribute: hash, value: modelKey(registry.session.namespace, name).pk },
      range: { attribute: range, low: statusNumber(status, 0), high: statusNumber(status, VERSION_NUMBER_MAX) },
      direction: 'DESC',
      limit: 1,
      consistent: call.options.consistency === 'strong',
    },
    call,
  );
  return lookup(items[0], (item) => toVersion(item, mapContext(registry, call)));
}

function brokenPointer({ session }: DynamoDbRegistry, name: string, call: Call): RegistryError {
  return new UnexpectedUpstreamError(
    `The item of the model ${quote(name)} names a latest version that is not there or not in that status. Whoever changes versions must keep ` +
      'latestVersion and latestApprovedVersion right, as docs/dynamodb-table.md shows.',
    session.fault(call),
  );
}

function tooMany({ session }: DynamoDbRegistry, status: ApprovalStatus, call: Call): RegistryError {
  return new CostExceededError(
    `Finding the latest ${status} version of so many models takes too many calls. Ask for at most ${LOOKUPS_MAX} models at a time.`,
    session.fault(call),
  );
}
