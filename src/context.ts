import type { Logger } from 'pino';
import type { Catalog } from './catalog/catalog.js';
import type { Caller } from './domain/access.js';

export type { Catalog } from './catalog/catalog.js';
export type { Connection, UnavailableSource } from './catalog/connection.js';
export type { RegistryEntry } from './catalog/entry.js';
export type { PageArgs } from './catalog/page-args.js';
export type { RegistrySelection } from './catalog/selection.js';

/** What a resolver has to work with. Made per operation, the same for every transport. */
export interface GraphQLContext {
  readonly log: Logger;
  /** Who asks. What is invisible to it, the services must not tell it of. */
  readonly caller: Caller;
  readonly catalog: Catalog;
}
