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

export type WireVersion = z.output<typeof wireVersion>;
export type WireModel = z.output<typeof wireModel>;

export const modelAnswer = z.object({ registered_model: wireModel });
export const versionAnswer = z.object({ model_version: wireVersion });

export const modelsAnswer = z.object({
  registered_models: z.array(wireModel).default([]),
  next_page_token: z.string().optional(),
});

export const versionsAnswer = z.object({
  model_versions: z.array(wireVersion).default([]),
  next_page_token: z.string().optional(),
});

export const errorAnswer = z.object({ error_code: z.string(), message: z.string().default('') });
