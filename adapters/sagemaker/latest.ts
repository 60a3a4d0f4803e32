import { CostExceededError } from '../../src/domain/errors.js';
import type { ApprovalStatus, ModelVersionRecord } from '../../src/domain/model.js';
import { type ModelRef, namePart } from '../../src/domain/refs.js';
import type { Lookup } from '../../src/domain/registry.js';
import { isGroupName } from './arns.js';
import type { Call } from './client.js';
import { toRegistryError } from './errors.js';
import type { Source } from './hint.js';
import type { Registry } from './registry.js';
import { type Condition, is, isOneOf, searchPackages } from './search.js';
import { approvalCondition } from './version-filter.js';

const PAGE_MAX = 100;
const MAX_SEARCHES = 5;
/** Two creates at one moment may cross: a number may be a little older than the one before it. By no more than this, or this many. */
const CROSSING_MS = 5_000;
const CROSSING_VERSIONS = 20;

type Found = Map<string, Lookup<ModelVersionRecord>>;

/**
 * The version with the highest number of each model. Newest first over all the models at once: where their versions come at a like pace, one
 * page has the latest of each. The next search leaves out the models that are done, so that a model with a thousand new versions fills one
 * page and not ten.
 */
export async function latestVersions(
  registry: Registry,
  models: readonly ModelRef[],
  approvalStatus: ApprovalStatus | undefined,
  call: Call,
): Promise<readonly Lookup<ModelVersionRecord>[]> {
  const approval = approvalStatus === undefined ? [] : [approvalCondition([approvalStatus])];
  const budget = { searches: MAX_SEARCHES, single: registry.options.singleLookups };
  const found: Found = new Map();
  // One source after the other: both draw on the one budget.
  for (const source of registry.sources) {
    const refs = models.filter(
      (ref) => isGroupName(ref.name) && (ref.ownerAccount === undefined) === (source === 'own'),
    );
    await findLatest(registry, source, refs, approval, budget, found, call);
  }
  return models.map((ref) => found.get(namePart(ref)) ?? null);
}

async function findLatest(
  registry: Registry,
  source: Source,
  refs: readonly ModelRef[],
  approval: readonly Condition[],
  budget: { searches: number; single: number },
  found: Found,
  call: Call,
): Promise<void> {
  let open = new Map(refs.map((ref) => [namePart(ref), ref]));
  try {
    while (open.size > 0 && budget.searches > 0) {
      budget.searches -= 1;
      open = await searchRound(registry, source, open, approval, found, call);
    }
  } catch (error) {
    for (const key of open.keys()) found.set(key, toRegistryError(error, call));
    return;
  }
  const single = [...open].slice(0, budget.single);
  budget.single -= single.length;
  for (const [key] of [...open].slice(single.length)) found.set(key, tooMany(call));
  await Promise.all(
    single.map(async ([key, ref]) => {
      try {
        found.set(key, await latestOf(registry, source, ref, approval, call));
      } catch (error) {
        found.set(key, toRegistryError(error, call));
      }
    }),
  );
}

/** One page; answers the models for which it did not decide. */
async function searchRound(
  registry: Registry,
  source: Source,
  open: ReadonlyMap<string, ModelRef>,
  approval: readonly Condition[],
  found: Found,
  call: Call,
): Promise<Map<string, ModelRef>> {
  const names = [...new Set([...open.values()].map((ref) => ref.name))];
  const { condition, rest } = isOneOf('ModelPackageGroupName', names);
  const page = await searchPackages(registry.sagemaker, call, {
    conditions: [condition, ...approval],
    sortBy: 'CreationTime',
    direction: 'DESC',
    limit: PAGE_MAX,
    shared: source === 'shared',
  });
  const versions = page.items.flatMap((pkg) => registry.version(source, pkg, call) ?? []);
  const isLast = page.next === undefined;
  const asked = new Set(names.slice(0, names.length - rest.length));
  const undecided = new Map(open);
  for (const [key, ref] of open) {
    if (!asked.has(ref.name)) continue;
    const own = versions.filter((version) => namePart(version.ref) === key);
    const latest = highest(own);
    if (!isLast && (latest === null || !isSettled(latest, own, versions.at(-1)))) continue;
    found.set(key, latest);
    undecided.delete(key);
  }
  return undecided;
}

/** Whether no version beyond the page can have a higher number. */
function isSettled(
  latest: ModelVersionRecord,
  ofModel: readonly ModelVersionRecord[],
  last: ModelVersionRecord | undefined,
): boolean {
  const distance = Date.parse(latest.createdAt ?? '') - Date.parse(last?.createdAt ?? '');
  return distance > CROSSING_MS || ofModel.length > CROSSING_VERSIONS;
}

async function latestOf(
  registry: Registry,
  source: Source,
  ref: ModelRef,
  approval: readonly Condition[],
  call: Call,
): Promise<ModelVersionRecord | null> {
  const page = await searchPackages(registry.sagemaker, call, {
    conditions: [[is('ModelPackageGroupName', ref.name)], ...approval],
    sortBy: 'ModelPackageVersion',
    direction: 'DESC',
    // Other accounts may share groups of the same name.
    limit: source === 'own' ? 1 : PAGE_MAX,
    shared: source === 'shared',
  });
  const versions = page.items.flatMap((pkg) => registry.version(source, pkg, call) ?? []);
  return highest(versions.filter((version) => namePart(version.ref) === namePart(ref)));
}

function highest(versions: readonly ModelVersionRecord[]): ModelVersionRecord | null {
  return versions.reduce<ModelVersionRecord | null>(
    (best, version) => (best === null || version.number > best.number ? version : best),
    null,
  );
}

function tooMany(call: Call): CostExceededError {
  return new CostExceededError(
    'Finding the latest version of all these models takes too many calls to SageMaker. Ask for fewer models at a time, or for this one alone.',
    { registryId: call.registryId, operation: call.operation },
  );
}
