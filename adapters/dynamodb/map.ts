import * as z from 'zod';
import {
  APPROVAL_STATUSES,
  compareUtf8,
  type DecisionMark,
  type ModelRecord,
  type ModelVersionRecord,
  REGISTRATION_STATUSES,
  sortTags,
  type Tag,
} from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import { isReserved } from '../shared/reserved.js';
import type { Item } from './batch-get.js';
import { malformedItem } from './errors.js';
import { modelKeys, VERSION_NUMBER_MAX, versionKeys } from './keys.js';
import { type NativePlace, nativeId } from './native-id.js';

/** What a record says of its registry rather than of its item; the operation is for errors. */
export interface MapContext extends NativePlace {
  readonly registryId: string;
  readonly ownerTag: string;
  readonly operation: string;
}

/** A model item: the record, and what only the adapter needs of it. */
export interface StoredModel {
  readonly record: ModelRecord;
  /** The highest number ever given to a version; counts on when versions are deleted. */
  readonly lastVersion: number;
  /** Time of the version with that number. */
  readonly lastVersionAt: string | undefined;
  readonly latestVersion: number | undefined;
  readonly latestApprovedVersion: number | undefined;
}

// The formats are strict where order or identity hangs on them (times and numbers are parts of keys); an unknown attribute is its writer's business.
const time = z.iso.datetime({ precision: 3 });
const versionNumber = z.int().min(1).max(VERSION_NUMBER_MAX);
const text = z.string().nullable().default(null);
const texts = z.array(z.string()).default([]);
const tags = z.record(z.string(), z.string()).default({});
// Anybody may have put it there, so one that cannot be read does not make the version unreadable.
const decision: z.ZodType<DecisionMark | null> = z
  .object({ id: z.string().min(1), status: z.enum(APPROVAL_STATUSES), actor: text, at: time, comment: text })
  .nullable()
  .catch(null);
const actor = z
  .object({ name: text, kind: z.enum(['USER', 'SERVICE', 'POLICY', 'UNKNOWN']).default('UNKNOWN'), nativeId: text })
  .nullable()
  .default(null);

const modelItem = z.object({
  name: z.string(),
  description: text,
  tags,
  aliases: z.record(z.string(), versionNumber).default({}),
  createdAt: time,
  createdBy: actor,
  updatedAt: time,
  lastVersion: z.int().min(0).max(VERSION_NUMBER_MAX),
  lastVersionAt: time.optional(),
  latestVersion: versionNumber.optional(),
  latestApprovedVersion: versionNumber.optional(),
});

const versionItem = z.object({
  model: z.string(),
  number: versionNumber,
  // A part of the ids of decisions (see ledger.ts).
  incarnation: z
    .string()
    .regex(/^[0-9A-Z]{1,32}$/)
    .optional(),
  description: text,
  registrationStatus: z.enum(REGISTRATION_STATUSES).default('READY'),
  registrationMessage: text,
  approvalStatus: z.enum(APPROVAL_STATUSES),
  approvalStatusSince: time.nullable().default(null),
  approvalComment: text,
  decision,
  stage: z.object({ name: z.string(), status: text, description: text }).nullable().default(null),
  tags,
  metadata: tags,
  createdAt: time,
  createdBy: actor,
  updatedAt: time,
  artifacts: z
    .array(
      z.object({
        uri: z.string(),
        role: text,
        image: text,
        imageDigest: text,
        framework: text,
        frameworkVersion: text,
        digest: text,
      }),
    )
    .default([]),
  lineage: z
    .object({
      commit: text,
      repository: text,
      pipelineExecution: text,
      trainingJob: text,
      runId: text,
      dataset: text,
      sourceUri: text,
      generatedBy: text,
    })
    .nullable()
    .default(null),
  inference: z
    .object({ contentTypes: texts, responseTypes: texts, realtimeInstanceTypes: texts, batchInstanceTypes: texts })
    .nullable()
    .default(null),
});

/** All that a record is made of, the keys that are checked among it. */
export const MODEL_ATTRIBUTES = [...new Set(['pk', 'sk', 'registry', ...Object.keys(modelItem.shape)])];
export const VERSION_ATTRIBUTES = [
  ...new Set([
    'pk',
    'sk',
    'registry',
    'createdKey',
    'registryStatus',
    'statusNumber',
    ...Object.keys(versionItem.shape),
  ]),
];

const revItem = z.object({ rev: z.int().min(1) });
const tagsItem = z.object({ tags, metadata: tags });

/** @throws UnexpectedUpstreamError when the item is not one that docs/dynamodb-table.md allows. */
export function toModel(item: Item, context: MapContext): StoredModel {
  const model = parseItem(modelItem, item, context);
  checkKeys(item, modelKeys(context.namespace, model.name), context);
  const { name } = model;
  return {
    record: {
      ref: { registryId: context.registryId, name },
      nativeId: nativeId(context, { name }),
      description: model.description,
      owner: model.tags[context.ownerTag] ?? null,
      tags: toTags(model.tags),
      createdAt: model.createdAt,
      createdBy: model.createdBy,
      updatedAt: model.updatedAt,
      aliases: Object.entries(model.aliases)
        .map(([alias, number]) => ({ name: alias, version: String(number) }))
        .sort((a, b) => compareUtf8(a.name, b.name)),
      consoleUrl: null,
      latestVersionNames: {
        any: model.latestVersion === undefined ? null : String(model.latestVersion),
        approved: model.latestApprovedVersion === undefined ? null : String(model.latestApprovedVersion),
      },
    },
    lastVersion: model.lastVersion,
    lastVersionAt: model.lastVersionAt,
    latestVersion: model.latestVersion,
    latestApprovedVersion: model.latestApprovedVersion,
  };
}

/**
 * Aliases stand in the model's item alone, so `aliasNames` is there only when a model read beside the version is passed.
 * @throws UnexpectedUpstreamError when the item is not one that docs/dynamodb-table.md allows.
 */
export function toVersion(item: Item, context: MapContext, model?: ModelRecord): ModelVersionRecord {
  const version = parseItem(versionItem, item, context);
  const { model: name, number, approvalStatus, createdAt } = version;
  checkKeys(item, versionKeys(context.namespace, { name, number, createdAt, status: approvalStatus }), context);
  const ref = { registryId: context.registryId, name, version: String(number) };
  return {
    ref,
    number,
    incarnation: version.incarnation ?? String(Date.parse(createdAt)),
    nativeId: nativeId(context, ref),
    description: version.description,
    registrationStatus: version.registrationStatus,
    registrationMessage: version.registrationMessage,
    approvalStatus,
    approvalStatusExplicit: true,
    approvalStatusSince: version.approvalStatusSince,
    approvalComment: version.approvalComment,
    decision: version.decision,
    stage: version.stage,
    ...(model === undefined ? {} : { aliasNames: aliasNames(model, ref.version) }),
    tags: toTags(version.tags),
    metadata: toTags(version.metadata),
    createdAt,
    createdBy: version.createdBy,
    updatedAt: version.updatedAt,
    artifacts: version.artifacts,
    lineage: version.lineage === null ? null : { ...version.lineage, experimentId: null },
    inference: version.inference,
    consoleUrl: null,
  };
}

/** Of an item that a write is decided by: the condition under which it may be written. */
export function revOf(item: Item, context: MapContext): number {
  return parseItem(revItem, item, context).rev;
}

/** The map as it stands in the item, with the keys that records hide. */
export function storedTags(item: Item, attribute: 'tags' | 'metadata', context: MapContext) {
  return parseItem(tagsItem, item, context)[attribute];
}

/** @throws UnexpectedUpstreamError naming the item and the attribute. */
export function parseItem<S extends z.ZodType>(schema: S, item: Item, context: MapContext): z.output<S> {
  const parsed = schema.safeParse(item);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw malformedItem(itemName(item), `${issue?.path.join('.')}: ${issue?.message}`, context);
}

/** Where a key attribute disagrees with the item's content, an index would show the item in a place that no cursor points to. */
function checkKeys(item: Item, keys: object, context: MapContext): void {
  for (const [attribute, expected] of Object.entries(keys)) {
    if (item[attribute] === expected) continue;
    throw malformedItem(itemName(item), `${attribute} must be ${quote(String(expected))}`, context);
  }
}

export function itemName(item: Item): string {
  return `pk ${quote(String(item.pk))}, sk ${quote(String(item.sk))}`;
}

function toTags(stored: Readonly<Record<string, string>>): readonly Tag[] {
  const shown = Object.entries(stored).filter(([key]) => !isReserved(key));
  return sortTags(shown.map(([key, value]) => ({ key, value })));
}

function aliasNames(model: ModelRecord, version: string): readonly string[] {
  return model.aliases.filter((alias) => alias.version === version).map((alias) => alias.name);
}
