import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { check } from '../../../adapters/dynamodb/check.js';
import { toEvidence } from '../../../adapters/dynamodb/evidence-items.js';
import { toModel, toVersion } from '../../../adapters/dynamodb/map.js';
import { newModelItem, newVersionItem } from '../../../adapters/dynamodb/new-items.js';
import { dynamoDbOptions } from '../../../adapters/dynamodb/options.js';
import { createSession } from '../../../adapters/dynamodb/session.js';
import { GLOBAL_INDEXES, LOCAL_INDEXES, TTL_ATTRIBUTE, tableDefinition } from '../../../adapters/dynamodb/table.js';
import { REPORT_KINDS } from '../../../src/domain/model.js';
import type { NewVersion } from '../../../src/domain/registry.js';

const DOCUMENT = readFileSync(new URL('../../../docs/dynamodb-table.md', import.meta.url), 'utf8');
const CONTEXT = {
  registryId: 'self-managed',
  region: 'eu-west-1',
  table: 'model-registry',
  namespace: 'self-managed',
  ownerTag: 'owner',
  operation: 'getModels',
};

const EVERYTHING: Required<NewVersion> = {
  model: { registryId: 'self-managed', name: 'churn' },
  description: 'Trained on October',
  artifacts: [{ uri: 's3://models/churn/2/model.tar.gz' }],
  metadata: [{ key: 'auc', value: '0.912' }],
  tags: [{ key: 'season', value: 'autumn' }],
  lineage: { commit: '4f2a9c1' },
  inference: { contentTypes: ['text/csv'] },
  metrics: [{ name: 'auc', value: 0.912 }],
  parameters: [{ key: 'eta', value: '0.1' }],
  reports: [{ kind: 'MODEL_QUALITY', uri: 's3://models/churn/2/quality.json' }],
  modelCard: { purpose: 'Retention offers' },
  requestId: 'request-1',
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
        createdBy: { name: 'ana@example.com', kind: 'USER', nativeId: 'https://issuer.example#ana' },
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
      incarnation: '01M7W1SKR0E2M7QX4C8VZ1RBNH',
      nativeId: 'dynamodb://eu-west-1/model-registry/self-managed/churn/2',
      description: 'Trained on October',
      registrationStatus: 'READY',
      registrationMessage: null,
      approvalStatus: 'APPROVED',
      approvalStatusExplicit: true,
      approvalStatusSince: '2026-11-20T08:55:00.000Z',
      approvalComment: 'Beats the champion by two points',
      decision: {
        id: '1.9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        status: 'APPROVED',
        actor: 'ana@example.com',
        at: '2026-11-20T08:54:59.700Z',
        comment: 'Beats the champion by two points',
      },
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

  it('shows evidence that the adapter reads', () => {
    const rest = { step: null, standardDeviation: null, goal: 'UNKNOWN', source: null };
    const evidence = toEvidence(example('version'), ['METRICS', 'PARAMETERS', 'REPORTS', 'MODEL_CARD'], CONTEXT);
    expect(evidence).toEqual({
      metrics: [
        { name: 'auc', value: 0.912, text: null, unit: null, dataset: 'holdout-2026-10', ...rest },
        { name: 'latency', value: 12.5, text: null, unit: 'ms', dataset: null, ...rest },
        { name: 'lift', value: null, text: 'NaN', unit: null, dataset: null, ...rest },
      ],
      parameters: [
        { key: 'eta', value: '0.1' },
        { key: 'max_depth', value: '6' },
      ],
      reports: [
        {
          kind: 'MODEL_QUALITY',
          name: 'quality.json',
          uri: 's3://models/churn/2/quality.json',
          contentType: 'application/json',
        },
      ],
      modelCard: { status: 'Draft', content: { intended_uses: { purpose: 'Retention offers' } } },
      problems: [],
    });
  });

  it('names every attribute that Registrar writes', () => {
    const about = {
      namespace: 'self-managed',
      createdAt: '2026-11-20T08:40:00.000Z',
      caller: { name: 'ana@example.com' },
    };
    const fault = { registryId: 'self-managed' };
    const names = { ownerTag: 'owner', registryId: 'self-managed' };
    const model = newModelItem({ name: 'churn', description: 'd', owner: 'o' }, names, about, fault);
    const version = newVersionItem(EVERYTHING, 1, about, fault);
    for (const item of [model, version]) {
      for (const attribute of Object.keys(item))
        expect(DOCUMENT, attribute).toMatch(new RegExp(`["\`]${attribute}["\`]`));
    }
    for (const attribute of Object.keys(version)) expect(Object.keys(example('version'))).toContain(attribute);
  });

  it.each(REPORT_KINDS)('names the kind %s of reports', (kind) => {
    expect(DOCUMENT).toContain(`\`${kind}\``);
  });

  it('asks for the permissions that the check tries', async () => {
    const [, permissions = ''] = /\*\*Permissions\*\*([\s\S]*?)\n\n/.exec(DOCUMENT) ?? [];
    const asked = [...permissions.matchAll(/`(dynamodb:\w+)`/g)].map(([, action]) => action);
    const results = await check(withoutEngine(), { signal: AbortSignal.timeout(5000), priority: 'background' });
    const tried = new Set(results.map(({ name }) => name.split(' ')[0]));
    expect(asked.toSorted()).toEqual([...tried].toSorted());
  });
});

/** The names of what is tried do not depend on the answers. */
function withoutEngine() {
  const options = dynamoDbOptions.parse({ region: 'eu-west-1', table: 'model-registry' });
  const client = { send: () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })) };
  return { session: createSession('self-managed', options, client), region: 'eu-west-1', ownerTag: 'owner' };
}

function example(name: string): Record<string, unknown> {
  const [, json] = new RegExp(`\`\`\`json ${name}\\n([\\s\\S]*?)\`\`\``).exec(DOCUMENT) ?? [];
  if (json === undefined) throw new Error(`The document has no example named ${name}.`);
  return JSON.parse(json);
}

function spaceless(text: string): string {
  return text.replaceAll(/\s+/g, '');
}
