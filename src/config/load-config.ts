import path from 'node:path';
import * as z from 'zod';
import type { Tag } from '../domain/model.js';
import { sortTags } from '../domain/model.js';
import { REGISTRY_KINDS, type RegistryKind } from '../domain/registry-kind.js';
import { accessFaults, accessSchema } from './access-config.js';
import { type ConfigDocument, createConfigSchema, kindInConfig, type OptionsModels } from './config-schema.js';
import { deepFreeze } from './deep-freeze.js';
import { findLiteralSecrets, interpolate } from './environment.js';
import { ConfigError, type ConfigFault, faultsOf } from './faults.js';
import { faultsOfMode, literalRedisPassword } from './journal-config.js';
import { parseYaml } from './parse-yaml.js';
import { type PoliciesConfig, policiesSchema } from './policy-config.js';
import { webhookFaults, webhooksSchema } from './webhook-config.js';

export interface RegistryConfig {
  readonly id: string;
  readonly kind: RegistryKind;
  readonly displayName: string;
  readonly labels: readonly Tag[];
  /** What the options model of the kind made of them. */
  readonly options: unknown;
}

export interface GatewayConfig extends Omit<ConfigDocument, 'registries'> {
  readonly registries: readonly RegistryConfig[];
  /** Folder of the config file. */
  readonly baseDirectory: string;
}

export interface ConfigSource {
  readonly text: string;
  /** Absolute path of the file, for messages and for relative paths in it. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Faults that only those can tell who know what the values mean. */
export type MeaningFaults = (policies: PoliciesConfig, registryIds: readonly string[]) => readonly ConfigFault[];

/** @returns The config, frozen. @throws ConfigError with every fault there is. */
export function loadConfig(source: ConfigSource, kinds: OptionsModels, policyFaults: MeaningFaults): GatewayConfig {
  const schema = createConfigSchema(kinds);
  const written = parseYaml(source.text, source.file);
  const faults: ConfigFault[] = [
    ...findLiteralSecrets(written, toJsonSchema(schema)),
    ...literalRedisPassword(written),
  ];
  const document = interpolate(written, source.environment, faults);
  const parsed = schema.safeParse(document, { reportInput: true });
  if (!parsed.success)
    faults.push(...faultsOf(parsed.error).filter(({ path: at }) => !faults.some((f) => f.path === at)));
  faults.push(
    ...duplicateIds(document),
    ...faultsOfMode(document),
    ...faultsOfAccess(document),
    ...faultsOfPolicies(document, policyFaults),
    ...faultsOfWebhooks(document),
  );
  if (!parsed.success || faults.length > 0) throw new ConfigError(source.file, faults);
  return deepFreeze({
    ...parsed.data,
    baseDirectory: path.dirname(source.file),
    registries: parsed.data.registries.map(({ id, kind, displayName, labels, options }) => ({
      id,
      kind: kindOf(kind),
      displayName: displayName ?? id,
      labels: sortTags(Object.entries(labels).map(([key, value]) => ({ key, value }))),
      options,
    })),
  });
}

/** For editors: what a config may look like before anything is filled in. */
export function configJsonSchema(kinds: OptionsModels): unknown {
  return toJsonSchema(createConfigSchema(kinds));
}

function toJsonSchema(schema: z.ZodType): unknown {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
}

/** Judged also where other sections have faults, so that all are told at once. */
function faultsOfAccess(document: unknown): readonly ConfigFault[] {
  const access = accessSchema.safeParse((document as { access?: unknown }).access);
  const ids = idsOfRegistries(document).filter((id) => typeof id === 'string');
  return access.success ? accessFaults(access.data, ids) : [];
}

/** As `faultsOfAccess`. */
function faultsOfPolicies(document: unknown, policyFaults: MeaningFaults): readonly ConfigFault[] {
  const policies = policiesSchema.safeParse((document as { policies?: unknown }).policies);
  if (!policies.success) return [];
  const ids = idsOfRegistries(document).filter((id) => typeof id === 'string');
  const access = accessSchema.safeParse((document as { access?: unknown }).access);
  const keys = access.success ? access.data.apiKeys.map(({ id }) => id) : undefined;
  const strangers = policies.data.flatMap(({ deciders }, policy) =>
    (deciders?.apiKeys ?? []).flatMap((id, index) =>
      keys === undefined || keys.includes(id)
        ? []
        : [
            {
              path: `policies[${policy}].deciders.apiKeys[${index}]`,
              message: `access.apiKeys has no ${id}. Nobody could decide.`,
            },
          ],
    ),
  );
  return [...policyFaults(policies.data, ids), ...strangers];
}

/** As `faultsOfAccess`. */
function faultsOfWebhooks(document: unknown): readonly ConfigFault[] {
  const webhooks = webhooksSchema.safeParse((document as { webhooks?: unknown }).webhooks);
  const ids = idsOfRegistries(document).filter((id) => typeof id === 'string');
  return webhooks.success ? webhookFaults(webhooks.data, ids) : [];
}

function idsOfRegistries(document: unknown): readonly unknown[] {
  const { registries } = document as { registries?: unknown };
  return Array.isArray(registries) ? registries.map((registry: { id?: unknown } | null) => registry?.id) : [];
}

function duplicateIds(document: unknown): ConfigFault[] {
  const ids = idsOfRegistries(document);
  return ids.flatMap((id, index) => {
    const first = ids.indexOf(id);
    if (id === undefined || first === index) return [];
    return [{ path: `registries[${index}].id`, message: `registries[${first}] has this id already. Ids must differ.` }];
  });
}

function kindOf(written: string): RegistryKind {
  const kind = REGISTRY_KINDS.find((candidate) => kindInConfig(candidate) === written);
  if (kind === undefined) throw new Error(`The schema let the unknown kind ${written} pass.`);
  return kind;
}
