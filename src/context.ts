import type { Logger } from 'pino';
import type { Approvals } from './approvals/approvals.js';
import type { Catalog } from './catalog/catalog.js';
import type { Changes } from './changes/changes.js';
import type { Caller } from './domain/access.js';
import type { Mutations } from './mutations/mutations.js';

export type { ApprovalFilter, ApprovalPage } from './approvals/approval-list.js';
export type { Approvals } from './approvals/approvals.js';
export type { Catalog } from './catalog/catalog.js';
export type { Connection, Freshness, UnavailableSource } from './catalog/connection.js';
export type { RegistryEntry } from './catalog/entry.js';
export type { FreshnessArgs } from './catalog/freshness.js';
export type { PageArgs } from './catalog/page-args.js';
export type { RegistrySelection } from './catalog/selection.js';
export type { RegistryCounts } from './catalog/snapshot/counts.js';
export type { Changes } from './changes/changes.js';
export type { JournalItem } from './changes/journal-item.js';
export type { Refusal } from './mutations/delete-version.js';
export type { ModelWritten } from './mutations/models.js';
export type { Mutations } from './mutations/mutations.js';
export type { Written } from './mutations/scope.js';
export type { VersionWritten } from './mutations/versions.js';

/** What a resolver has to work with. Made per operation, the same for every transport. */
export interface GraphQLContext {
  readonly log: Logger;
  /** Who asks. What is invisible to it, the services must not tell it of. */
  readonly caller: Caller;
  readonly catalog: Catalog;
  readonly approvals: Approvals;
  readonly changes: Changes;
  readonly mutations: Mutations;
}
