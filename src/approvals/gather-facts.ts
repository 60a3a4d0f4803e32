import { RegistryError } from '../domain/errors.js';
import type { EvidencePart, EvidenceRecord, ModelRecord, ModelVersionRecord } from '../domain/model.js';
import type { ProductionRule } from '../domain/policy.js';
import { type ModelRef, modelOf, type VersionRef } from '../domain/refs.js';
import type { Lookup } from '../domain/registry.js';
import {
  type EvidenceFacts,
  evidenceFacts,
  type Fact,
  factOf,
  neededFacts,
  type Policy,
  type PolicyFacts,
  type PolicyRegistry,
  type ProductionFacts,
  productionRule,
} from './policy/index.js';

/** What rules are told comes through here. What is asked for together should be read together. */
export interface FactReads {
  model(ref: ModelRef): Promise<ModelRecord | null>;
  version(ref: VersionRef): Promise<ModelVersionRecord | null>;
  evidence(ref: VersionRef, parts: readonly EvidencePart[]): Promise<EvidenceRecord | null>;
  latestApproved(model: ModelRef): Promise<ModelVersionRecord | null>;
  /** The version with the highest number in that stage. */
  latestInStage(model: ModelRef, stage: string): Promise<ModelVersionRecord | null>;
}

/** Reads what the policy looks at, and no more. What cannot be read is a fact of its own: it never throws. */
export async function gatherFacts(
  reads: FactReads,
  registry: PolicyRegistry,
  policy: Policy | null,
  version: ModelVersionRecord,
  now: string,
): Promise<PolicyFacts> {
  const needed = neededFacts(policy);
  const ref = modelOf(version.ref);
  const evidenceOf = async (of: VersionRef, parts: readonly EvidencePart[]): Promise<EvidenceFacts> =>
    evidenceFacts(parts.length === 0 ? null : await attempt(() => reads.evidence(of, parts)), parts);

  const productionFacts = async (): Promise<Fact<ProductionFacts | null>> => {
    if (!needed.production) return { value: null };
    const found = await attempt(() => readProduction(reads, productionRule(policy), ref));
    if (found instanceof RegistryError) return factOf<ProductionFacts>(found);
    if (found === null || found.ref.version === version.ref.version) return { value: null };
    return { value: { version: found, evidence: await evidenceOf(found.ref, needed.productionEvidence) } };
  };

  const [model, evidence, production] = await Promise.all([
    needed.model ? attempt(() => reads.model(ref)) : null,
    evidenceOf(version.ref, needed.evidence),
    productionFacts(),
  ]);
  return { registry, model: factOf(model), version, evidence, production, now };
}

/** The version that counts as the model's production now; null without one. */
export async function readProduction(
  reads: FactReads,
  rule: ProductionRule,
  model: ModelRef,
): Promise<ModelVersionRecord | null> {
  switch (rule.by) {
    case 'LATEST_APPROVED':
      return reads.latestApproved(model);
    case 'STAGE':
      return reads.latestInStage(model, rule.name);
    case 'ALIAS': {
      const record = await reads.model(model);
      const alias = record?.aliases.find(({ name }) => name === rule.name);
      return alias === undefined ? null : reads.version({ ...model, version: alias.version });
    }
  }
}

async function attempt<T>(read: () => Promise<T | null>): Promise<Lookup<T>> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
}
