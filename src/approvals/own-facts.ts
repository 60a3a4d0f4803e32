import { RegistryError } from '../domain/errors.js';
import { matchesVersion } from '../domain/filters.js';
import type { ModelVersionRecord } from '../domain/model.js';
import { versionAnchor } from '../domain/page.js';
import type { ModelRef } from '../domain/refs.js';
import type { CallOptions, Lookup, RegistryAdapter } from '../domain/registry.js';
import type { FactReads } from './gather-facts.js';
import { adapterOf, ownCall, type Registries } from './registry-access.js';

const PAGE = 50;

/** What rules are told where nobody asks: read live, as the gateway itself may read it. */
export function createOwnFacts(
  registries: Registries,
  deadlines: { readonly listMs: number; readonly lookupMs: number },
): FactReads {
  const lookup = () => ownCall(deadlines.lookupMs, 'background');
  return {
    model: async (ref) => only(await adapterOf(registries, ref.registryId).getModels([ref], lookup())),
    version: async (ref) => only(await adapterOf(registries, ref.registryId).getVersions([ref], lookup())),
    evidence: async (ref, parts) =>
      only(await adapterOf(registries, ref.registryId).getEvidence([ref], { ...lookup(), parts })),
    latestApproved: async (model) => {
      const adapter = adapterOf(registries, model.registryId);
      return only(await adapter.getLatestVersions([model], { ...lookup(), approvalStatus: 'APPROVED' }));
    },
    latestInStage: (model, stage) =>
      firstInStage(adapterOf(registries, model.registryId), model, stage, ownCall(deadlines.listMs, 'background')),
  };
}

/** The highest number first; a page may hold what the filter does not match. */
async function firstInStage(
  adapter: RegistryAdapter,
  model: ModelRef,
  stage: string,
  options: CallOptions,
): Promise<ModelVersionRecord | null> {
  const filter = { stages: [stage] };
  const query = { model, order: { field: 'NUMBER', direction: 'DESC' }, filter, limit: PAGE } as const;
  let page = await adapter.listVersions(query, options);
  for (;;) {
    const found = page.items.find((version) => matchesVersion(filter, version));
    const last = page.items.at(-1);
    if (found !== undefined || last === undefined || !page.hasMore) return found ?? null;
    const hint = page.nextHint === undefined ? {} : { hint: page.nextHint };
    page = await adapter.listVersions({ ...query, after: { anchor: versionAnchor(last), ...hint } }, options);
  }
}

function only<R>([found = null]: readonly Lookup<R>[]): R | null {
  if (found instanceof RegistryError) throw found;
  return found;
}
