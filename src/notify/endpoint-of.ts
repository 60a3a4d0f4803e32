import { type ChangeFilter, matchesChange } from '../domain/change-filter.js';
import type { ChangeType } from '../domain/changes.js';
import type { ApprovalStatus, Tag } from '../domain/model.js';
import type { WebhookEndpoint } from './endpoint.js';

/** As the section `webhooks` of a config has it. */
export interface WebhookSettings
  extends Pick<WebhookEndpoint, 'id' | 'url' | 'secrets' | 'allowPrivateAddresses' | 'timeoutMs' | 'concurrency'> {
  readonly filter: {
    readonly registryIds?: readonly string[] | undefined;
    readonly registryLabels?: Readonly<Record<string, string>> | undefined;
    readonly modelIds?: readonly string[] | undefined;
    /** Glob. */
    readonly modelName?: string | undefined;
    readonly types?: readonly ChangeType[] | undefined;
    readonly from?: readonly ApprovalStatus[] | undefined;
    readonly to?: readonly ApprovalStatus[] | undefined;
    readonly actorIds?: readonly string[] | undefined;
    readonly outOfBandOnly?: boolean | undefined;
  };
  readonly retry: {
    readonly maxAttempts: number;
    readonly firstDelaySeconds: number;
    readonly maxDelaySeconds: number;
    readonly giveUpAfterSeconds: number;
  };
}

/** @param labelsOf Of a registry, from the config. */
export function endpointOf(
  { filter, retry, ...rest }: WebhookSettings,
  labelsOf: (registryId: string) => readonly Tag[],
): WebhookEndpoint {
  const wanted = changeFilterOf(filter);
  return {
    ...rest,
    matches: (change) => matchesChange(wanted, change, labelsOf),
    retry: {
      maxAttempts: retry.maxAttempts,
      firstDelayMs: retry.firstDelaySeconds * 1000,
      maxDelayMs: retry.maxDelaySeconds * 1000,
      giveUpAfterMs: retry.giveUpAfterSeconds * 1000,
    },
  };
}

function changeFilterOf({ registryLabels, modelName, ...same }: WebhookSettings['filter']): ChangeFilter {
  const labels = Object.entries(registryLabels ?? {}).map(([key, value]) => ({ key, values: [value] }));
  return present({
    ...same,
    registryLabels: labels.length === 0 ? undefined : labels,
    modelName: modelName === undefined ? undefined : { matches: modelName },
  });
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what was not given: there it does not restrict. */
function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
