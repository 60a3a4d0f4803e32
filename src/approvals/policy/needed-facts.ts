import type { EvidencePart } from '../../domain/model.js';
import type { NeededFacts } from './facts.js';
import type { Policy, RequiredEvidence } from './policy.js';
import type { FactPart, SidePart } from './vocabulary.js';

const EVIDENCE_PARTS = ['METRICS', 'PARAMETERS', 'REPORTS', 'MODEL_CARD'] as const satisfies readonly EvidencePart[];

/** What has to be read before the policy can be asked: nothing that no rule looks at. */
export function neededFacts(policy: Policy | null): NeededFacts {
  const parts = new Set<FactPart>(policy === null ? [] : partsOf(policy));
  const productionEvidence = EVIDENCE_PARTS.filter((part) => parts.has(`PRODUCTION.${part}`));
  return {
    model: (['MODEL', 'ALIASES', 'PRODUCTION.ALIASES'] as const).some((part) => parts.has(part)),
    evidence: EVIDENCE_PARTS.filter((part) => parts.has(part)),
    production: parts.has('PRODUCTION'),
    productionEvidence,
  };
}

function partsOf({ config, rules }: Policy): readonly FactPart[] {
  return [
    ...config.requiredEvidence.map(partOfEvidence).filter((part) => part !== null),
    ...rules.flatMap(({ when, check }) => [...(when?.parts ?? []), ...check.parts]),
  ];
}

/** Null: the record of the version says it. */
export function partOfEvidence(evidence: RequiredEvidence): SidePart | null {
  if (evidence === 'modelCard') return 'MODEL_CARD';
  if (typeof evidence === 'string') return null;
  if ('metric' in evidence) return 'METRICS';
  if ('report' in evidence) return 'REPORTS';
  return 'parameter' in evidence ? 'PARAMETERS' : null;
}
