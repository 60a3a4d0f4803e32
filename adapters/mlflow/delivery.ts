import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { ChangeHint } from '../../src/domain/change-source.js';
import { InvalidInputError } from '../../src/domain/errors.js';
import { isPossibleModel, isPossibleVersion } from './names.js';

// What a webhook of MLflow sends, and what there is to look at then. Names are in lower case here, and in upper case where webhooks are made.

const deliveryBody = z.object({
  entity: z.string(),
  action: z.string(),
  timestamp: z.string().optional(),
  data: z.record(z.string(), z.unknown()),
});

/** By `entity.action`: what the server's own test sends. Nothing but the content tells it from a real one. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
  'registered_model.created': {
    name: 'example_model',
    tags: { example_key: 'example_value' },
    description: 'An example registered model',
  },
  'model_version.created': {
    name: 'example_model',
    version: '1',
    source: 'models:/123',
    run_id: 'abcd1234abcd5678',
    tags: { example_key: 'example_value' },
    description: 'An example model version',
  },
  'model_version_tag.set': { name: 'example_model', version: '1', key: 'example_key', value: 'example_value' },
  'model_version_tag.deleted': { name: 'example_model', version: '1', key: 'example_key' },
  'model_version_alias.created': { name: 'example_model', alias: 'example_alias', version: '1' },
  'model_version_alias.deleted': { name: 'example_model', alias: 'example_alias' },
};

/** The events that a webhook of ours asks for: all there are of models and versions. */
export const EVENTS: readonly string[] = Object.keys(EXAMPLES);

/** Of no interest to a model registry. */
const OTHERS = /^(prompt|budget_policy)(_|$)/;

/** @throws InvalidInputError for what no MLflow server sends. */
export function hintsOf(registryId: string, deliveryId: string, body: Uint8Array): readonly ChangeHint[] {
  const { success, data: delivery } = deliveryBody.safeParse(parse(body));
  if (!success) {
    throw new InvalidInputError('The body is not that of an MLflow webhook.', { registryId, operation: 'webhook' });
  }
  const { entity, action, timestamp, data } = delivery;
  const event = `${entity}.${action}`;
  if (OTHERS.test(entity) || isDeepStrictEqual(data, EXAMPLES[event])) return [];
  const occurredAt = toTimestamp(timestamp);
  const about = EVENTS.includes(event) ? entityOf(registryId, entity, data) : undefined;
  return [
    {
      registryId,
      dedupeKey: `webhook/${deliveryId}`,
      ...(about === undefined ? {} : { entity: about }),
      ...(occurredAt === undefined ? {} : { occurredAt }),
    },
  ];
}

/** Undefined: something in the registry. An alias is its model's, whatever version it points to. */
function entityOf(
  registryId: string,
  entity: string,
  { name, version }: Record<string, unknown>,
): ChangeHint['entity'] {
  if (typeof name !== 'string') return undefined;
  const model = { registryId, name };
  if (!isPossibleModel(model)) return undefined;
  return entity !== 'model_version_alias' && typeof version === 'string' && isPossibleVersion(version)
    ? { ...model, version }
    : model;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** With microseconds and an offset, as Python writes it. */
function toTimestamp(text: string | undefined): string | undefined {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
