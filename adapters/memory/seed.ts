import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ulid } from 'ulid';
import * as z from 'zod';
import { InvalidInputError } from '../../src/domain/errors.js';
import {
  APPROVAL_STATUSES,
  METRIC_GOALS,
  REGISTRATION_STATUSES,
  REPORT_KINDS,
  type Tag,
} from '../../src/domain/model.js';
import { MEMORY_LIMITS } from './declarations.js';
import { reportName } from './evidence.js';
import { contradictions } from './seed-contradictions.js';
import type { StoredModel, StoredVersion } from './store.js';

const text = z.string().min(1);
const textOrNull = text.nullable().default(null);
const textList = z.array(text).default([]);
const time = z.iso
  .datetime({ offset: true, error: 'A time such as 2026-11-20T08:15:30Z.' })
  .transform((value) => new Date(value).toISOString());
const tags = z
  .record(text, z.string())
  .default({})
  .transform((entries): Tag[] => Object.entries(entries).map(([key, value]) => ({ key, value })));
const actor = text
  .transform((name) => ({ name, kind: 'USER' as const, nativeId: null }))
  .nullable()
  .default(null);

const artifact = z.strictObject({
  uri: text,
  role: textOrNull,
  image: textOrNull,
  imageDigest: textOrNull,
  framework: textOrNull,
  frameworkVersion: textOrNull,
  digest: textOrNull,
});

const lineage = z.strictObject({
  commit: textOrNull,
  repository: textOrNull,
  pipelineExecution: textOrNull,
  trainingJob: textOrNull,
  runId: textOrNull,
  experimentId: textOrNull,
  dataset: textOrNull,
  sourceUri: textOrNull,
  generatedBy: textOrNull,
});

const inference = z.strictObject({
  contentTypes: textList,
  responseTypes: textList,
  realtimeInstanceTypes: textList,
  batchInstanceTypes: textList,
});

const stage = z.strictObject({
  name: text,
  status: textOrNull,
  description: textOrNull,
});

const numberOrNull = z.number().nullable().default(null);

const metric = z.strictObject({
  name: text,
  value: z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])], {
    error: 'A number, NaN, Infinity or -Infinity.',
  }),
  unit: textOrNull,
  dataset: textOrNull,
  step: numberOrNull,
  standardDeviation: numberOrNull,
  goal: z.enum(METRIC_GOALS).default('UNKNOWN'),
  source: textOrNull,
});

const report = z.strictObject({
  kind: z.enum(REPORT_KINDS),
  name: text.optional().describe('Default: the last part of uri.'),
  uri: text,
  contentType: textOrNull,
});

const modelCard = z.strictObject({
  status: textOrNull,
  content: z.json(),
});

const version = z.strictObject({
  number: z.int().min(1).describe('Number of the version, unique in its model.'),
  description: textOrNull,
  approvalStatus: z.enum(APPROVAL_STATUSES).optional().describe('Absent: nobody has said; it reads as PENDING.'),
  approvalStatusSince: time.nullable().default(null),
  registrationStatus: z.enum(REGISTRATION_STATUSES).default('READY'),
  registrationMessage: textOrNull,
  stage: stage.nullable().default(null),
  tags,
  metadata: tags,
  createdAt: time,
  createdBy: actor,
  updatedAt: time.optional().describe('Default: createdAt.'),
  artifacts: z.array(artifact).min(1),
  lineage: lineage.nullable().default(null),
  inference: inference.nullable().default(null),
  metrics: z.array(metric).default([]),
  parameters: tags,
  reports: z.array(report).default([]),
  modelCard: modelCard.nullable().default(null),
});

const model = z.strictObject({
  name: text
    .max(MEMORY_LIMITS.modelNameMax)
    .regex(new RegExp(`^(?:${MEMORY_LIMITS.modelNamePattern})$`, 'u'), 'Not a name that this registry can hold.'),
  description: textOrNull,
  tags: tags.describe('The owner is the value of the tag that the option ownerTag names.'),
  createdAt: time,
  createdBy: actor,
  updatedAt: time.optional().describe('Default: createdAt.'),
  aliases: z
    .record(z.string().regex(new RegExp(`^(?:${MEMORY_LIMITS.aliasPattern})$`, 'u')), z.int())
    .default({})
    .describe('Alias to number of a version.'),
  versions: z.array(version).default([]),
});

/** The seed file: `{"models": [{"name", "createdAt", "versions": [{"number", "createdAt", "artifacts": [{"uri"}], …}], …}]}`. */
const memorySeed = z.strictObject({ models: z.array(model) });

/**
 * Reads what a registry starts with. Synchronous, since it is part of making the adapter: a fault in the file must stop the start.
 * @throws InvalidInputError that names every fault with its path.
 */
export function loadSeed(registryId: string, path: string, baseDirectory: string): readonly StoredModel[] {
  const context = { registryId, operation: 'seed' };
  const file = resolve(baseDirectory, path);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new InvalidInputError(`The seed ${file} of registry ${registryId} is not a readable JSON file.`, {
      ...context,
      cause,
    });
  }
  const result = memorySeed.safeParse(json);
  const faults = [...(result.error?.issues ?? []), ...contradictions(json)];
  if (result.success && faults.length === 0) return result.data.models.map(toStored);
  const lines = faults.map(({ path: at, message }) => `  ${at.join('.') || '(whole file)'}: ${message}`);
  throw new InvalidInputError(`The seed ${file} of registry ${registryId} has faults:\n${lines.join('\n')}`, context);
}

function toStored(seed: z.output<typeof model>): StoredModel {
  const versions = new Map(seed.versions.map((entry) => [entry.number, toStoredVersion(entry)]));
  return {
    ...seed,
    updatedAt: seed.updatedAt ?? seed.createdAt,
    aliases: new Map(Object.entries(seed.aliases)),
    versions,
    lastNumber: Math.max(0, ...versions.keys()),
  };
}

function toStoredVersion({
  metrics,
  parameters,
  reports,
  modelCard,
  ...seed
}: z.output<typeof version>): StoredVersion {
  return {
    ...seed,
    // A ULID cannot be older than 1970.
    incarnation: ulid(Math.max(0, Date.parse(seed.createdAt))),
    approvalStatus: seed.approvalStatus ?? 'PENDING',
    approvalStatusExplicit: seed.approvalStatus !== undefined,
    approvalComment: null,
    decision: null,
    updatedAt: seed.updatedAt ?? seed.createdAt,
    evidence: {
      metrics: metrics.map(({ value, ...rest }) =>
        typeof value === 'number' ? { ...rest, value, text: null } : { ...rest, value: null, text: value },
      ),
      parameters,
      reports: reports.map((entry) => ({ ...entry, name: entry.name ?? reportName(entry.uri) })),
      modelCard,
    },
  };
}
