import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toModel, toVersion } from '../../../adapters/dynamodb/map.js';
import { GLOBAL_INDEXES, LOCAL_INDEXES, TTL_ATTRIBUTE, tableDefinition } from '../../../adapters/dynamodb/table.js';

const DOCUMENT = readFileSync(new URL('../../../docs/dynamodb-table.md', import.meta.url), 'utf8');
const CONTEXT = {
  registryId: 'self-managed',
  region: 'eu-west-1',
  table: 'model-registry',
  namespace: 'self-managed',
  ownerTag: 'owner',
  operation: 'getModels',
};

/** People create their tables and write their items by this document. */
describe('docs/dynamodb-table.md', () => {
  it('creates the table that the adapter creates', () => {
    expect(example('table')).toEqual(tableDefinition('model-registry'));
  });

  it('creates the same indexes with Terraform', () => {
    const [, terraform = ''] = /```hcl\n([\s\S]*?)```/.exec(DOCUMENT) ?? [];
    for (const [name, { hash, range }] of Object.entries(GLOBAL_INDEXES)) {
      expect(spaceless(terraform)).toContain(
        `global_secondary_index{name="${name}"hash_key="${hash}"range_key="${range}"projection_type="ALL"}`,
      );
    }
    for (const [name, { range }] of Object.entries(LOCAL_INDEXES)) {
      expect(spaceless(terraform)).toContain(
        `local_secondary_index{name="${name}"range_key="${range}"projection_type="ALL"}`,
      );
    }
    expect(spaceless(terraform)).toContain(`ttl{attribute_name="${TTL_ATTRIBUTE}"enabled=true}`);
  });

  it('shows a model that the adapter reads', () => {
    expect(toModel(example('model'), CONTEXT)).toEqual({
      record: {
        ref: { registryId: 'self-managed', name: 'churn' },
        nativeId: 'dynamodb://eu-west-1/model-registry/self-managed/churn',
        description: 'Who is about to leave',
        owner: 'team-growth',
        tags: [
          { key: 'owner', value: 'team-growth' },
          { key: 'tier', value: 'gold' },
        ],
        createdAt: '2026-11-20T08:15:30.250Z',
        createdBy: { name: 'ana@example.com', kind: 'USER', nativeId: null },
        updatedAt: '2026-11-20T09:00:00.000Z',
        aliases: [{ name: 'champion', version: '2' }],
        consoleUrl: null,
        latestVersionNames: { any: '3', approved: '2' },
      },
      lastVersion: 3,
      lastVersionAt: '2026-11-20T09:00:00.000Z',
      latestVersion: 3,
      latestApprovedVersion: 2,
    });
  });

  it('shows a version that the adapter reads', () => {
    const { record } = toModel(example('model'), CONTEXT);
    expect(toVersion(example('version'), CONTEXT, record)).toEqual({
      ref: { registryId: 'self-managed', name: 'churn', version: '2' },
      number: 2,
      nativeId: 'dynamodb://eu-west-1/model-registry/self-managed/churn/2',
      description: 'Trained on October',
      registrationStatus: 'READY',
      registrationMessage: null,
      approvalStatus: 'APPROVED',
      approvalStatusExplicit: true,
      approvalStatusSince: '2026-11-20T08:55:00.000Z',
      stage: { name: 'Production', status: 'live', description: null },
      aliasNames: ['champion'],
      tags: [{ key: 'season', value: 'autumn' }],
      metadata: [{ key: 'auc', value: '0.912' }],
      createdAt: '2026-11-20T08:40:00.000Z',
      createdBy: { name: 'nightly-training', kind: 'SERVICE', nativeId: null },
      updatedAt: '2026-11-20T08:55:00.000Z',
      artifacts: [
        {
          uri: 's3://models/churn/2/model.tar.gz',
          role: 'model',
          image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1.7',
          imageDigest: null,
          framework: 'XGBOOST',
          frameworkVersion: '1.7',
          digest: null,
        },
      ],
      lineage: {
        commit: '4f2a9c1',
        repository: 'https://git.example.com/growth/churn.git',
        pipelineExecution: null,
        trainingJob: null,
        runId: 'nightly-318',
        experimentId: null,
        dataset: null,
        sourceUri: null,
        generatedBy: null,
      },
      inference: {
        contentTypes: ['text/csv'],
        responseTypes: ['application/json'],
        realtimeInstanceTypes: [],
        batchInstanceTypes: [],
      },
      consoleUrl: null,
    });
  });
});

function example(name: string): Record<string, unknown> {
  const [, json] = new RegExp(`\`\`\`json ${name}\\n([\\s\\S]*?)\`\`\``).exec(DOCUMENT) ?? [];
  if (json === undefined) throw new Error(`The document has no example named ${name}.`);
  return JSON.parse(json);
}

function spaceless(text: string): string {
  return text.replaceAll(/\s+/g, '');
}
