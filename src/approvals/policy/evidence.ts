import type { LineageRecord } from '../../domain/model.js';
import type { PolicyCheck, StoredProblem } from '../../domain/policy.js';
import { shown } from './describe.js';
import type { ReadFacts } from './fact-values.js';
import { partOfEvidence } from './needed-facts.js';
import type { RequiredEvidence } from './policy.js';

/** Whether a piece of evidence that a policy asks for is there. */
export function checkEvidence(evidence: RequiredEvidence, facts: ReadFacts): PolicyCheck {
  const what = nameOf(evidence);
  const base = { name: `evidence: ${what}`, expected: `${what} is there` };
  const problem = problemOf(evidence, facts);
  if (problem !== undefined) return { ...base, passed: false, actual: null, problem };
  const found = find(evidence, facts);
  const passed = 'value' in found;
  return { ...base, passed, actual: `${what} ${passed ? `= ${shown(found.value)}` : found.absence}`, problem: null };
}

function nameOf(evidence: RequiredEvidence): string {
  if (evidence === 'modelCard') return 'model card';
  if (typeof evidence === 'string') return evidence;
  if ('metric' in evidence) {
    return `metric ${evidence.metric}${evidence.dataset === undefined ? '' : ` on dataset ${evidence.dataset}`}`;
  }
  if ('report' in evidence) return `report ${evidence.report}`;
  if ('parameter' in evidence) return `parameter ${evidence.parameter}`;
  return 'tag' in evidence ? `tag ${evidence.tag}` : `metadata ${evidence.metadata}`;
}

function problemOf(evidence: RequiredEvidence, { problems }: ReadFacts): StoredProblem | undefined {
  const part = partOfEvidence(evidence);
  return part === null ? undefined : problems.get(part);
}

type Found = { readonly value: unknown } | { readonly absence: string };

function find(evidence: RequiredEvidence, { own, metrics }: ReadFacts): Found {
  if (evidence === 'modelCard') return present(own.modelCard);
  if (evidence === 'description') return text(own.version.description);
  if (typeof evidence === 'string') return text(own.version.lineage?.[lineageField(evidence)]);
  if ('report' in evidence) return present(own.reports.includes(evidence.report));
  if ('parameter' in evidence) return text(own.parameters.get(evidence.parameter));
  if ('tag' in evidence) return text(own.version.tags?.get(evidence.tag));
  if ('metadata' in evidence) return text(own.version.metadata?.get(evidence.metadata));
  const { metric, dataset } = evidence;
  const value = dataset === undefined ? metrics.byName.get(metric) : metrics.byDataset.get(dataset)?.get(metric);
  if (value !== undefined) return { value };
  return { absence: (dataset === undefined ? metrics.unusable.get(metric) : undefined) ?? 'is missing' };
}

function lineageField(evidence: `lineage.${keyof LineageRecord}`): keyof LineageRecord {
  return evidence.slice('lineage.'.length) as keyof LineageRecord;
}

function present(isThere: boolean): Found {
  return isThere ? { value: true } : { absence: 'is missing' };
}

/** An empty text says nothing. */
function text(value: string | undefined): Found {
  if (value === undefined) return { absence: 'is missing' };
  return value.trim() === '' ? { absence: 'is empty' } : { value };
}
