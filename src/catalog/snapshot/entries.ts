import type { ModelRecord, ModelVersionRecord } from '../../domain/model.js';
import type { ProductionRule } from '../../domain/policy.js';
import type { ModelRef } from '../../domain/refs.js';
import { placeIn } from './sorted-list.js';

/** A model in the snapshot. A change puts another entry in its place, so that an entry never moves in an order. */
export interface ModelEntry {
  readonly id: string;
  readonly record: ModelRecord;
  readonly group: ModelGroup;
}

/** A version in the snapshot, as `ModelEntry`. */
export interface VersionEntry {
  readonly id: string;
  readonly number: number;
  readonly record: ModelVersionRecord;
  readonly group: ModelGroup;
}

/** What belongs together: a model and its versions. Either may be there before the other. */
export class ModelGroup {
  model: ModelEntry | null = null;
  /** By number, ascending. */
  readonly versions: VersionEntry[] = [];

  constructor(
    readonly id: string,
    readonly ref: ModelRef,
  ) {}

  get isEmpty(): boolean {
    return this.model === null && this.versions.length === 0;
  }

  add(entry: VersionEntry): void {
    this.versions.splice(this.#placeOf(entry), 0, entry);
  }

  remove(entry: VersionEntry): void {
    const index = this.#placeOf(entry);
    if (this.versions[index] === entry) this.versions.splice(index, 1);
  }

  version(name: string): VersionEntry | null {
    return this.versions.find(({ record }) => record.ref.version === name) ?? null;
  }

  /** The version with the highest number, among those that are wanted. */
  latest(isWanted: (record: ModelVersionRecord) => boolean = () => true): VersionEntry | null {
    return this.versions.findLast(({ record }) => isWanted(record)) ?? null;
  }

  latestApproved(): VersionEntry | null {
    return this.latest(({ approvalStatus }) => approvalStatus === 'APPROVED');
  }

  latestInStage(stage: string): VersionEntry | null {
    return this.latest((record) => record.stage?.name === stage);
  }

  /** The version that counts as the model's production; null without one. */
  production(rule: ProductionRule): VersionEntry | null {
    switch (rule.by) {
      case 'LATEST_APPROVED':
        return this.latestApproved();
      case 'STAGE':
        return this.latestInStage(rule.name);
      case 'ALIAS': {
        const alias = this.model?.record.aliases.find(({ name }) => name === rule.name);
        return alias === undefined ? null : this.version(alias.version);
      }
    }
  }

  /** By name, ascending; null where the model is not there. */
  aliasNamesOf({ ref }: ModelVersionRecord): readonly string[] | null {
    if (this.model === null) return null;
    return this.model.record.aliases.filter(({ version }) => version === ref.version).map(({ name }) => name);
  }

  #placeOf(entry: VersionEntry): number {
    return placeIn(this.versions, (other) => other.number - entry.number || (other.id < entry.id ? -1 : 1));
  }
}
