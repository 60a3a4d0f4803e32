import type { ModelRecord, ModelVersionRecord } from '../domain/model.js';

/** How old an answer may be, as its caller says. */
export interface FreshnessArgs {
  /** 0: the registries themselves are to be asked. Absent: the config's default, which outages may overstep. */
  readonly maxAgeSeconds?: number | null | undefined;
  /** A `changesCursor`: what had been written by then is in the answer. */
  readonly after?: string | null | undefined;
}

/** From where an answer is to come: as fresh as that, or from where a record came that is at hand. */
export type Wanted = FreshnessArgs | { readonly like: ModelRecord | ModelVersionRecord };
