import type { ChangeSource, KindSources, WebhookSource } from '../domain/change-source.js';
import type { RegistryDefinition } from '../domain/registry.js';
import type { RegistryKind } from '../domain/registry-kind.js';

/** What is configured of a registry, as far as its sources go. */
interface Configured {
  readonly id: string;
  readonly kind: RegistryKind;
  readonly options: unknown;
}

export interface Sources {
  readonly sources: readonly ChangeSource[];
  /** By kind in lower case and id, as the path of a delivery names them. */
  webhook(kind: string, registryId: string): WebhookSource | null;
}

/** All the ways in which the configured registries tell of changes by themselves. */
export function gatherSources(
  registries: readonly Configured[],
  definitions: Readonly<Record<RegistryKind, RegistryDefinition<never>>>,
  environment: { readonly baseDirectory: string },
): Sources {
  const webhooks = new Map<string, WebhookSource>();
  const sources: ChangeSource[] = [];
  for (const [kind, group] of Map.groupBy(registries, (registry) => registry.kind)) {
    // The options were made by this very definition's model.
    const given: KindSources | undefined = definitions[kind].createSources?.(group as never, environment);
    sources.push(...(given?.sources ?? []));
    for (const webhook of given?.webhooks ?? []) webhooks.set(`${kind.toLowerCase()}/${webhook.registryId}`, webhook);
  }
  return { sources, webhook: (kind, registryId) => webhooks.get(`${kind}/${registryId}`) ?? null };
}
