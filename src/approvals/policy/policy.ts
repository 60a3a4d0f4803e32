import { matchesText } from '../../domain/filters.js';
import type { LineageRecord, ReportKind, Tag } from '../../domain/model.js';
import type { ProductionRule } from '../../domain/policy.js';
import type { ModelRef } from '../../domain/refs.js';
import type { CompiledExpression } from './expressions.js';

/** Rules over versions as the config holds them: data alone. The zod model of the config section `policies` gives exactly this. */
export interface PolicyConfig {
  readonly id: string;
  /** Ids; absent: every registry. */
  readonly registries?: readonly string[] | undefined;
  /** All of them must be so; absent: any. */
  readonly registryLabels?: Readonly<Record<string, string>> | undefined;
  /** Globs over the model's name, ignoring case; absent: every model. */
  readonly models?: readonly string[] | undefined;
  /** Absent: whoever has the role. */
  readonly deciders?: PolicyDeciders | undefined;
  /** Whether who registered a version is kept from approving it. */
  readonly separationOfDuties: boolean;
  /** 1 to 10. */
  readonly requiredApprovals: number;
  readonly requiredEvidence: readonly RequiredEvidence[];
  readonly rules: readonly PolicyRule[];
  /** What becomes of a version at registration when nothing speaks against it. */
  readonly onPass: 'review' | 'approve';
  /** Which version is the production of a model; absent: the latest approved. */
  readonly production?: { readonly alias?: string | undefined; readonly stage?: string | undefined } | undefined;
  /** What becomes of a version that was approved in the registry itself although the policy would not have allowed it. */
  readonly outOfBand: { readonly revert: boolean };
}

/** Whoever is in one of them may decide, as far as a grant lets them. */
export interface PolicyDeciders {
  readonly groups?: readonly string[] | undefined;
  /** `nativeId` of an actor: `<issuer>#<subject>`. */
  readonly subjects?: readonly string[] | undefined;
  /** Ids from the config. */
  readonly apiKeys?: readonly string[] | undefined;
}

export interface PolicyRule {
  /** Unique within its policy. */
  readonly name: string;
  /** CEL, boolean: the rule is asked only where it holds. */
  readonly when?: string | undefined;
  /** CEL, boolean: what must hold. */
  readonly check: string;
  readonly onFail: 'deny' | 'review' | 'reject';
  readonly description?: string | undefined;
}

export type RequiredEvidence =
  | { readonly metric: string; readonly dataset?: string | undefined }
  | { readonly report: ReportKind }
  | { readonly parameter: string }
  | { readonly tag: string }
  | { readonly metadata: string }
  | 'modelCard'
  | 'description'
  | `lineage.${keyof LineageRecord}`;

/** A policy that is ready to be asked. */
export interface Policy {
  readonly config: PolicyConfig;
  readonly rules: readonly CompiledRule[];
}

export interface CompiledRule {
  readonly rule: PolicyRule;
  readonly when: CompiledExpression | null;
  readonly check: CompiledExpression;
}

/** What a registry is to a policy. */
export interface PolicyRegistry {
  readonly id: string;
  readonly kind: string;
  readonly labels: readonly Tag[];
}

/** The first that matches; null: none does, and the built-in default applies: one approval, no rules, no separation of duties. */
export function selectPolicy(
  policies: readonly Policy[],
  registry: PolicyRegistry,
  model: Pick<ModelRef, 'name'>,
): Policy | null {
  return policies.find(({ config }) => coversRegistry(config, registry) && coversModel(config, model.name)) ?? null;
}

/** Which version of a model counts as its production. */
export function productionRule(policy: Policy | null): ProductionRule {
  const { alias, stage } = policy?.config.production ?? {};
  if (alias !== undefined) return { by: 'ALIAS', name: alias };
  if (stage !== undefined) return { by: 'STAGE', name: stage };
  return { by: 'LATEST_APPROVED' };
}

function coversRegistry({ registries, registryLabels = {} }: PolicyConfig, { id, labels }: PolicyRegistry): boolean {
  return (
    (registries?.includes(id) ?? true) &&
    Object.entries(registryLabels).every(([key, value]) =>
      labels.some((label) => label.key === key && label.value === value),
    )
  );
}

function coversModel({ models }: PolicyConfig, name: string): boolean {
  return models?.some((glob) => matchesText({ matches: glob }, name)) ?? true;
}
