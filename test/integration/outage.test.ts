import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../support/fault-proxy.js';
import { PROXY_WORDS } from '../support/fault-proxy.js';
import { type SeededGateway, startSeededGateway } from '../support/seeded-gateway.js';

const LIST =
  '{ models(first: 50) { nodes { id } unavailable { registry { id } problem { code retryable message } } } }';
const KINDS = ['aws-research', 'mlflow', 'in-house'] as const;

let gateway: SeededGateway;
beforeEach(async () => {
  gateway = await startSeededGateway({ deadlines: { listMs: 1500, lookupMs: 2000 } });
  // Signed in once: what is tested is the registry, not STS.
  await gateway.query(LIST);
}, 120_000);
afterEach(() => gateway[Symbol.asyncDispose]());

const FAULTS: readonly (readonly [Fault['kind'], Fault, string])[] = [
  ['hang', { kind: 'hang' }, 'UPSTREAM_TIMEOUT'],
  ['status', { kind: 'status', status: 503 }, 'UPSTREAM_UNAVAILABLE'],
  ['reset', { kind: 'reset' }, 'UPSTREAM_UNAVAILABLE'],
  ['html', { kind: 'html' }, 'UPSTREAM_INVALID'],
];

describe.each(KINDS)('when %s does not serve', (registryId) => {
  it.each(FAULTS)('(%s) the others answer, the answer says so, and it comes back', async (_kind, fault, code) => {
    gateway.proxy(registryId).inject(fault);
    const { data, errors } = await gateway.query(LIST);
    expect(errors).toEqual([]);
    expect(data.models.unavailable).toMatchObject([{ registry: { id: registryId }, problem: { code } }]);
    const registries = new Set(data.models.nodes.map(({ id }: { id: string }) => id.split('/')[0]));
    expect(registries).toEqual(
      new Set(['aws-research', 'aws-production', 'mlflow', 'in-house'].filter((id) => id !== registryId)),
    );
    expect(JSON.stringify(data)).not.toContain(PROXY_WORDS);

    gateway.proxy(registryId).reset();
    const after = await gateway.query(LIST);
    expect(after.data.models.unavailable).toEqual([]);
  });
});
