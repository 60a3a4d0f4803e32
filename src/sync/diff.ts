import { isDeepStrictEqual } from 'node:util';
import {
  type AliasChange,
  type ChangeBase,
  type FieldChange,
  isModelRecord,
  isVersionRecord,
  type PlainChange,
  type StageChange,
  type StateRecord,
  type UpdateChange,
  type VersionStatusChange,
} from '../domain/changes.js';
import { compareUtf8, type ModelRecord, type ModelVersionRecord, type Tag, type Timestamp } from '../domain/model.js';

/** The changes that two looks at a record tell of. */
type RecordChange = VersionStatusChange | PlainChange | UpdateChange | AliasChange | StageChange;
type Common = keyof ChangeBase | 'outOfBand' | 'approvalId';
type Told<C> = C extends RecordChange ? Omit<C, Common> : never;

/** What a change tells by itself, before anybody says who did it and how it is known. */
export type ChangeDraft = Told<RecordChange> & {
  readonly incarnation: string | null;
  readonly occurredAt: Timestamp | null;
  /** What the change leads to: goes into its id. */
  readonly state: unknown;
};

/** What has become of an entity between two looks. Both are of the same model or version; null: it was, or is, not there. */
export function diffRecords(before: StateRecord | null, after: StateRecord | null): readonly ChangeDraft[] {
  const [known = null] = [after, before].filter((record) => record !== null);
  if (known === null) return [];
  if (isVersionRecord(known))
    return diffVersion(before as ModelVersionRecord | null, after as ModelVersionRecord | null);
  if (isModelRecord(known)) return diffModel(before as ModelRecord | null, after as ModelRecord | null);
  return [];
}

function diffVersion(before: ModelVersionRecord | null, after: ModelVersionRecord | null): ChangeDraft[] {
  if (before !== null && after !== null && before.incarnation !== after.incarnation) {
    return [...diffVersion(before, null), ...diffVersion(null, after)];
  }
  if (after === null) return before === null ? [] : [plain('VERSION_DELETED', before.incarnation, null)];
  const { incarnation } = after;
  const drafts: ChangeDraft[] = [];
  if (before === null) drafts.push(plain('VERSION_REGISTERED', incarnation, after.createdAt));
  if (before?.approvalStatus !== after.approvalStatus) {
    drafts.push({
      type: 'VERSION_STATUS',
      previousStatus: before?.approvalStatus ?? null,
      status: after.approvalStatus,
      incarnation,
      occurredAt: after.approvalStatusSince,
      state: after.approvalStatus,
    });
  }
  if (!isDeepStrictEqual(before?.stage ?? null, after.stage)) {
    const { stage } = after;
    const occurredAt = before === null ? after.createdAt : null;
    drafts.push({ type: 'STAGE', previousStage: before?.stage ?? null, stage, incarnation, occurredAt, state: stage });
  }
  const fields = before === null ? [] : versionFields(before, after);
  if (fields.length > 0) {
    drafts.push({ type: 'VERSION_UPDATED', fields, incarnation, occurredAt: after.updatedAt, state: fields });
  }
  return drafts;
}

function diffModel(before: ModelRecord | null, after: ModelRecord | null): ChangeDraft[] {
  if (after === null) {
    return before === null ? [] : [...aliases(before, null), plain('MODEL_DELETED', null, null)];
  }
  const drafts: ChangeDraft[] = before === null ? [plain('MODEL_CREATED', null, after.createdAt)] : [];
  const fields = before === null ? [] : modelFields(before, after);
  if (fields.length > 0) {
    drafts.push({ type: 'MODEL_UPDATED', fields, incarnation: null, occurredAt: after.updatedAt, state: fields });
  }
  return [...drafts, ...aliases(before, after)];
}

function plain(
  type: 'VERSION_REGISTERED' | 'VERSION_DELETED' | 'MODEL_CREATED' | 'MODEL_DELETED',
  incarnation: string | null,
  occurredAt: Timestamp | null,
): ChangeDraft {
  return { type, incarnation, occurredAt, state: null };
}

function aliases(before: ModelRecord | null, after: ModelRecord | null): ChangeDraft[] {
  const held = (model: ModelRecord | null) => new Map(model?.aliases.map(({ name, version }) => [name, version]));
  const [was, is] = [held(before), held(after)];
  const names = [...new Set([...was.keys(), ...is.keys()])].sort(compareUtf8);
  return names.flatMap((alias): ChangeDraft[] => {
    const [previousVersion, currentVersion] = [was.get(alias) ?? null, is.get(alias) ?? null];
    if (previousVersion === currentVersion) return [];
    const told = { alias, previousVersion, currentVersion };
    return [{ type: 'ALIAS', ...told, incarnation: null, occurredAt: null, state: [alias, currentVersion] }];
  });
}

// Times, marks and whatever else follows from something that is told already is worth no word of its own.
const VERSION_FIELDS = [
  'approvalStatusExplicit',
  'artifacts',
  'description',
  'inference',
  'lineage',
  'registrationMessage',
  'registrationStatus',
] as const satisfies readonly (keyof ModelVersionRecord)[];

function versionFields(before: ModelVersionRecord, after: ModelVersionRecord): FieldChange[] {
  const isDecided = before.approvalStatus !== after.approvalStatus;
  return sorted([
    ...VERSION_FIELDS.filter((field) => !(isDecided && field === 'approvalStatusExplicit')).flatMap((field) =>
      changed(field, before[field], after[field]),
    ),
    // The words of a decision are told with it; only without one they are news.
    ...(isDecided ? [] : changed('approvalComment', before.approvalComment, after.approvalComment)),
    ...entries('tags', before.tags, after.tags),
    ...entries('metadata', before.metadata, after.metadata),
  ]);
}

/** The owner is one of the tags. */
function modelFields(before: ModelRecord, after: ModelRecord): FieldChange[] {
  return sorted([
    ...changed('description', before.description, after.description),
    ...entries('tags', before.tags, after.tags),
  ]);
}

function entries(field: string, before: readonly Tag[], after: readonly Tag[]): FieldChange[] {
  const valueIn = (tags: readonly Tag[]) => new Map(tags.map(({ key, value }) => [key, value]));
  const [was, is] = [valueIn(before), valueIn(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key) =>
    changed(`${field}.${key}`, was.get(key) ?? null, is.get(key) ?? null),
  );
}

function changed(path: string, before: unknown, after: unknown): FieldChange[] {
  return isDeepStrictEqual(before, after) ? [] : [{ path, before, after }];
}

function sorted(fields: readonly FieldChange[]): FieldChange[] {
  return fields.toSorted((a, b) => compareUtf8(a.path, b.path));
}
