import { expect, it } from 'vitest';
import { RegistryError, UnavailableError } from '../../src/domain/errors.js';
import type { EvidenceProblem } from '../../src/domain/model.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { type Desk, openDesk } from './support.js';

/** A registry whose metrics and parameters are in a store that does not answer. */
function withoutMetrics(inner: RegistryAdapter): RegistryAdapter {
  const error = new UnavailableError('The store of metrics does not answer.', { registryId: inner.id });
  return {
    ...inner,
    async getEvidence(refs, options) {
      const problems: readonly EvidenceProblem[] = (['METRICS', 'PARAMETERS'] as const)
        .filter((part) => options.parts.includes(part))
        .map((part) => ({ part, error }));
      const found = await inner.getEvidence(refs, options);
      return found.map((slot) => (slot === null || slot instanceof RegistryError ? slot : { ...slot, problems }));
    },
  };
}

async function deskWith(requiredEvidence: readonly unknown[]): Promise<Desk> {
  const desk = await openDesk({ around: withoutMetrics, policies: [{ id: 'documented', requiredEvidence }] });
  await desk.mutate('carl', 'createModel', { registryId: 'east', name: 'churn' });
  const { error } = await desk.mutate('carl', 'registerModelVersion', {
    modelId: 'east/churn',
    artifacts: [{ uri: 's3://models/churn/1' }],
    modelCard: { purpose: 'offers' },
  });
  expect(error).toBeUndefined();
  return desk;
}

const ALL = `metrics { name } parameters { key } reports { kind } modelCard { content }
  evidenceProblems { code message }`;

it('leaves a policy alone that asks for the model card only, whatever else the query selects', async () => {
  await using desk = await deskWith(['modelCard']);
  const { data, errors } = await desk.ask(
    'ana',
    `{ modelVersion(id: "east/churn/1") { ${ALL} approvalPreview { verdict checks { name passed problem { code } } } } }`,
  );
  expect(errors).toEqual([]);
  expect(data.modelVersion).toMatchObject({
    metrics: [],
    modelCard: { content: { purpose: 'offers' } },
    // One thing to be mended is said once, whatever it keeps from being read.
    evidenceProblems: [{ code: 'UPSTREAM_UNAVAILABLE', message: 'The store of metrics does not answer.' }],
    approvalPreview: { verdict: 'ALLOW', checks: [{ passed: true, problem: null }] },
  });
  expect(desk.registry.calls.get('getEvidence')).toBeDefined();
  const approval = { modelVersionId: 'east/churn/1', expectedStatus: 'PENDING' };
  expect((await desk.mutate('ana', 'approveModelVersion', approval)).error).toBeUndefined();
});

it('keeps a policy from passing that asks for a metric', async () => {
  await using desk = await deskWith([{ metric: 'auc' }, 'modelCard']);
  const { data } = await desk.ask(
    'ana',
    '{ modelVersion(id: "east/churn/1") { approvalPreview { verdict checks { passed problem { code } } } } }',
  );
  expect(data.modelVersion.approvalPreview).toEqual({
    verdict: 'DENY',
    checks: [
      { passed: false, problem: { code: 'UPSTREAM_UNAVAILABLE' } },
      { passed: true, problem: null },
    ],
  });
});
