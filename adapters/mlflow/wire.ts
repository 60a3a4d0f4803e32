import * as z from 'zod';

// What MLflow sends, as far as we read it. Unset fields and empty lists are left out, and texts may be empty for "none".

const tag = z.object({ key: z.string(), value: z.string().default('') });
const time = z.number().int().optional();

export const wireVersion = z.object({
  name: z.string(),
  version: z.string().regex(/^\d+$/),
  creation_timestamp: time,
  last_updated_timestamp: time,
  user_id: z.string().optional(),
  current_stage: z.string().optional(),
  description: z.string().optional(),
  source: z.string().optional(),
  run_id: z.string().optional(),
  status: z.string().optional(),
  status_message: z.string().optional(),
  tags: z.array(tag).default([]),
  aliases: z.array(z.string()).default([]),
});

export const wireModel = z.object({
  name: z.string(),
  creation_timestamp: time,
  last_updated_timestamp: time,
  description: z.string().optional(),
  tags: z.array(tag).default([]),
  aliases: z.array(z.object({ alias: z.string(), version: z.string() })).default([]),
  latest_versions: z.array(wireVersion).default([]),
});

/** What is not finite is no number in JSON. */
const metric = z.object({
  key: z.string(),
  value: z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]),
  timestamp: z.number().default(0),
  step: z.number().default(0),
});

const data = z.object({ metrics: z.array(metric).default([]), params: z.array(tag).default([]) });

const wireRun = z.object({ data: data.prefault({}) });

const modelMetric = metric.extend({ dataset_name: z.string().optional(), run_id: z.string().optional() });

const wireLoggedModel = z.object({
  data: data.extend({ metrics: z.array(modelMetric).default([]) }).prefault({}),
});

export type WireMetric = z.output<typeof metric>;
export type WireModelMetric = z.output<typeof modelMetric>;
export type WireRun = z.output<typeof wireRun>;
export type WireLoggedModel = z.output<typeof wireLoggedModel>;
export type WireVersion = z.output<typeof wireVersion>;
export type WireModel = z.output<typeof wireModel>;

export const modelAnswer = z.object({ registered_model: wireModel });
export const versionAnswer = z.object({ model_version: wireVersion });

export const runAnswer = z.object({ run: wireRun });
export const loggedModelAnswer = z.object({ model: wireLoggedModel });

/** Of a call whose answer tells nothing but that it was done. */
export const doneAnswer = z.object({});

export const modelsAnswer = z.object({
  registered_models: z.array(wireModel).default([]),
  next_page_token: z.string().optional(),
});

export const versionsAnswer = z.object({
  model_versions: z.array(wireVersion).default([]),
  next_page_token: z.string().optional(),
});

export const errorAnswer = z.object({ error_code: z.string(), message: z.string().default('') });
