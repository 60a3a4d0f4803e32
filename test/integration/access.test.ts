import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchesText } from '../../src/domain/filters.js';
import { bearer } from '../support/gateway.js';
import { type SeededGateway, startSeededGateway } from '../support/seeded-gateway.js';

/** What callers may see, by globs over model names. Some of it each registry looks up itself, in its own words, and some it cannot. */
const SCOPES: readonly (readonly string[])[] = [
  ['c*'],
  ['*CHURN*'],
  ['?redit-risk-scoring'],
  ['Invoice field extraction'],
  ['*_*'],
  ['*%*'],
  ['*-*-*', 'c*t'],
  ['claims-severity', 'pricing-elasticity', 'customer-churn'],
  ['no such model'],
];

const keyOf = (id: string) => `rgk_${createHash('sha256').update(id).digest('hex')}`;
const apiKeyOf = (id: string) => ({ id, hash: `sha256:${createHash('sha256').update(keyOf(id)).digest('hex')}` });

let gateway: SeededGateway;
beforeAll(async () => {
  gateway = await startSeededGateway({
    deadlines: { listMs: 20_000, lookupMs: 20_000 },
    access: {
      apiKeys: [apiKeyOf('all'), ...SCOPES.map((_, index) => apiKeyOf(`scope-${index}`))],
      grants: [
        { role: 'viewer', to: { apiKeys: ['all'] } },
        ...SCOPES.map((models, index) => ({ role: 'viewer', to: { apiKeys: [`scope-${index}`] }, models })),
      ],
    },
  });
}, 180_000);
afterAll(() => gateway[Symbol.asyncDispose]());

interface Listed {
  readonly ids: readonly string[];
  readonly total: number | null;
  readonly isExact: boolean;
}

async function list(keyId: string, field: 'models' | 'modelVersions'): Promise<Listed> {
  const ids: string[] = [];
  let after: string | null = null;
  for (;;) {
    const document = `query ($after: String) { it: ${field}(first: 20, after: $after) {
      nodes { id } totalCount totalCountIsExact pageInfo { hasNextPage endCursor } unavailable { registry { id } problem { message } }
    } }`;
    const { data, errors } = await gateway.query(document, { after }, bearer(keyOf(keyId)));
    expect([errors, data.it.unavailable]).toEqual([[], []]);
    ids.push(...data.it.nodes.map(({ id }: { id: string }) => id));
    if (!data.it.pageInfo.hasNextPage) return { ids, total: data.it.totalCount, isExact: data.it.totalCountIsExact };
    after = data.it.pageInfo.endCursor;
  }
}

/** The plain name in the id of a model or version; a group of another account has that account in front. */
function nameIn(id: string): string {
  return decodeURIComponent(id.split('/')[1] ?? '').replace(/^\d{12}:/, '');
}

describe.each(['models', 'modelVersions'] as const)('%s of all kinds of registries', (field) => {
  it.each(SCOPES.map((models, index) => [models.join(' '), `scope-${index}`, models] as const))(
    'are those that %s matches, and only those are counted',
    async (_, keyId, models) => {
      const everything = (await list('all', field)).ids;
      const visible = everything.filter((id) => models.some((matches) => matchesText({ matches }, nameIn(id))));
      const listed = await list(keyId, field);
      expect(listed.ids).toEqual(visible);
      expect(everything.length).toBeGreaterThan(visible.length);
      if (listed.isExact) expect(listed.total).toBe(visible.length);
      else expect(listed.total ?? 0).toBeLessThanOrEqual(visible.length);
    },
    60_000,
  );
});
