import type { ChangeSource, KindSources } from '../../src/domain/change-source.js';
import type { MlflowOptions } from './options.js';
import { createWebhookKeeper } from './webhook-keeper.js';
import { createWebhookSource } from './webhook-source.js';

/** A webhook for each registry that has one in its options; one that the gateway makes by itself has a keeper too. */
export function createMlflowSources(
  registries: readonly { readonly id: string; readonly options: MlflowOptions }[],
): KindSources {
  return {
    webhooks: registries.flatMap(({ id, options: { webhook } }) =>
      webhook === undefined ? [] : [createWebhookSource(id, webhook)],
    ),
    sources: registries.flatMap(({ id, options }): ChangeSource[] => {
      const { webhook } = options;
      if (webhook?.manage !== true || webhook.url === undefined) return [];
      return [createWebhookKeeper(id, options, { ...webhook, url: webhook.url })];
    }),
  };
}
