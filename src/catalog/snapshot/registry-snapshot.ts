import {
  APPROVAL_STATUSES,
  type ApprovalStatus,
  type ModelRecord,
  type ModelVersionRecord,
} from '../../domain/model.js';
import { modelId, modelOf, versionId } from '../../domain/refs.js';
import { type ModelEntry, ModelGroup, type VersionEntry } from './entries.js';
import type { SortOrder } from './orderings.js';
import type { SnapshotState } from './snapshot-sink.js';
import { SortedList } from './sorted-list.js';

/**
 * What one registry holds, with the ways in which lists go through it. An order is built when it is first asked for and kept up from then on; versions
 * are kept by approval status in each, because most lists are about one.
 */
export class RegistrySnapshot {
  state: SnapshotState | null = null;
  readonly #groups = new Map<string, ModelGroup>();
  readonly #versions = new Map<string, VersionEntry>();
  readonly #modelLists = new Map<string, SortedList<ModelEntry>>();
  readonly #versionLists = new Map<string, { status: ApprovalStatus; list: SortedList<VersionEntry> }>();
  readonly #byStatus: Record<ApprovalStatus, number> = { PENDING: 0, APPROVED: 0, REJECTED: 0 };
  #byNativeId: Map<string, VersionEntry> | null = null;
  #models = 0;

  constructor(readonly registryId: string) {}

  get modelCount(): number {
    return this.#models;
  }

  versionCount(status: ApprovalStatus): number {
    return this.#byStatus[status];
  }

  get groups(): Iterable<ModelGroup> {
    return this.#groups.values();
  }

  /** By `modelId`. */
  group(id: string): ModelGroup | null {
    return this.#groups.get(id) ?? null;
  }

  /** By `versionId`. */
  version(id: string): VersionEntry | null {
    return this.#versions.get(id) ?? null;
  }

  versionByNativeId(nativeId: string): VersionEntry | null {
    this.#byNativeId ??= new Map([...this.#versions.values()].map((entry) => [entry.record.nativeId, entry]));
    return this.#byNativeId.get(nativeId) ?? null;
  }

  modelsBy(ordering: SortOrder<ModelEntry>): readonly ModelEntry[] {
    let list = this.#modelLists.get(ordering.name);
    if (list === undefined) {
      list = new SortedList(this.#modelEntries(), ordering.compare);
      this.#modelLists.set(ordering.name, list);
    }
    return list.items;
  }

  versionsBy(status: ApprovalStatus, ordering: SortOrder<VersionEntry>): readonly VersionEntry[] {
    const key = `${status} ${ordering.name}`;
    let kept = this.#versionLists.get(key);
    if (kept === undefined) {
      const entries = [...this.#versions.values()].filter(({ record }) => record.approvalStatus === status);
      kept = { status, list: new SortedList(entries, ordering.compare) };
      this.#versionLists.set(key, kept);
    }
    return kept.list.items;
  }

  putModel(record: ModelRecord): void {
    const group = this.#groupOf(modelId(record.ref), record);
    this.#dropModel(group);
    const entry = { id: group.id, record, group };
    group.model = entry;
    this.#models += 1;
    for (const list of this.#modelLists.values()) list.add(entry);
  }

  putVersion(record: ModelVersionRecord): void {
    const id = versionId(record.ref);
    this.#dropVersion(id);
    const ref = modelOf(record.ref);
    const group = this.#groupOf(modelId(ref), { ref });
    const entry = { id, number: record.number, record, group };
    group.add(entry);
    this.#versions.set(id, entry);
    this.#byNativeId?.set(record.nativeId, entry);
    this.#byStatus[record.approvalStatus] += 1;
    for (const { status, list } of this.#versionLists.values()) if (status === record.approvalStatus) list.add(entry);
  }

  /** @param id `modelId` or `versionId`. */
  remove(id: string): void {
    const group = this.#groups.get(id);
    if (group === undefined) {
      this.#dropVersion(id);
    } else {
      this.#dropModel(group);
      this.#forgetIfEmpty(group);
    }
  }

  #dropModel(group: ModelGroup): void {
    const entry = group.model;
    if (entry === null) return;
    group.model = null;
    this.#models -= 1;
    for (const list of this.#modelLists.values()) list.remove(entry);
  }

  #dropVersion(id: string): void {
    const entry = this.#versions.get(id);
    if (entry === undefined) return;
    const { approvalStatus, nativeId } = entry.record;
    this.#versions.delete(id);
    entry.group.remove(entry);
    if (this.#byNativeId?.get(nativeId) === entry) this.#byNativeId.delete(nativeId);
    this.#byStatus[approvalStatus] -= 1;
    for (const { status, list } of this.#versionLists.values()) if (status === approvalStatus) list.remove(entry);
    this.#forgetIfEmpty(entry.group);
  }

  #groupOf(id: string, { ref }: Pick<ModelRecord, 'ref'>): ModelGroup {
    const known = this.#groups.get(id);
    if (known !== undefined) return known;
    const group = new ModelGroup(id, ref);
    this.#groups.set(id, group);
    return group;
  }

  #forgetIfEmpty(group: ModelGroup): void {
    if (group.isEmpty) this.#groups.delete(group.id);
  }

  *#modelEntries(): Iterable<ModelEntry> {
    for (const { model } of this.#groups.values()) if (model !== null) yield model;
  }
}

/** Versions of any status. */
export function allVersionsBy(
  snapshot: RegistrySnapshot,
  ordering: SortOrder<VersionEntry>,
): readonly (readonly VersionEntry[])[] {
  return APPROVAL_STATUSES.map((status) => snapshot.versionsBy(status, ordering));
}
