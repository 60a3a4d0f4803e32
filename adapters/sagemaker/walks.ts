import type { ModelPackage, ModelPackageGroup } from '@aws-sdk/client-sagemaker';
import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import type { WalkPage, WalkQuery } from '../../src/domain/registry.js';
import type { Call } from './client.js';
import { type Keyset, readKeysetPage } from './keyset.js';
import type { Registry } from './registry.js';
import { type Condition, exists, notBefore, notExists, searchGroups, searchPackages, withinYears } from './search.js';

const PAGE_MAX = 100;
const WHOLE_SECOND = '.000Z';

/** A group does not change but for its tags, and those without a trace: `modifiedSince` finds new groups, and no more. */
export async function walkModels(registry: Registry, query: WalkQuery, call: Call): Promise<WalkPage<ModelRecord>> {
  const groups: Keyset<ModelPackageGroup> = {
    site: call,
    sources: registry.sources,
    read: (source, { from, token }) =>
      searchGroups(registry.sagemaker, call, {
        conditions: from === null ? [] : [[notBefore('CreationTime', from + WHOLE_SECOND)]],
        sortBy: 'CreationTime',
        direction: 'ASC',
        limit: PAGE_MAX,
        token,
        shared: source === 'shared',
      }),
    timeOf: (group) => group.CreationTime,
  };
  const { source, items, next } = await readKeysetPage(groups, sinceOf(query), query.after);
  return { items: items.flatMap((group) => registry.model(source, group, group.Tags ?? [], call) ?? []), next };
}

export async function walkVersions(
  registry: Registry,
  query: WalkQuery,
  call: Call,
): Promise<WalkPage<ModelVersionRecord>> {
  const since = sinceOf(query);
  const packages: Keyset<ModelPackage> = {
    site: call,
    sources: registry.sources,
    read: (source, { from, token }) =>
      searchPackages(registry.sagemaker, call, {
        // Packages without a group are no versions of anything.
        conditions: [[exists('ModelPackageGroupName')], ...modifiedFrom(from, since)],
        sortBy: 'LastModifiedTime',
        direction: 'ASC',
        limit: PAGE_MAX,
        token,
        shared: source === 'shared',
      }),
    timeOf: (pkg) => pkg.LastModifiedTime,
  };
  const { source, items, next } = await readKeysetPage(packages, since, query.after);
  return { items: items.flatMap((pkg) => registry.version(source, pkg, call) ?? []), next };
}

/** Whether a version that was never modified has a time of modification is not documented: it is met without one, too. */
function modifiedFrom(from: string | null, since: string | null): readonly Condition[] {
  if (from === null) return [];
  const unmodified = since === null ? notExists('LastModifiedTime') : notBefore('CreationTime', since);
  return [[notBefore('LastModifiedTime', from + WHOLE_SECOND), unmodified]];
}

function sinceOf({ modifiedSince }: WalkQuery): string | null {
  return modifiedSince === undefined ? null : withinYears(modifiedSince);
}
