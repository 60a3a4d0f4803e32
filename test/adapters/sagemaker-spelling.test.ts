import type { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotFoundError } from '../../src/domain/errors.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { newMark } from '../conformance/registry-marks.js';
import { call, readAll, versionListing } from '../conformance/registry-walk.js';
import { everything, rejection } from '../conformance/registry-writes.js';
import { engines } from '../support/engines.js';
import { openAccount, type SageMakerAccount } from '../support/sagemaker-account.js';

const { aws } = engines();
const NAME = 'Card-Fraud';
const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1.7';
const artifacts = [{ uri: 's3://models/m/model.tar.gz', image }];

/** Names of groups differ in more than case, so AWS may find one under any; the engine minds the case of groups. */
describe.skipIf(aws === null)('another spelling of a group (skipped where REGISTRIES leaves its engine out)', () => {
  let account: SageMakerAccount;
  let adapter: RegistryAdapter;
  const sent: string[] = [];

  beforeAll(async () => {
    if (aws === null) return;
    account = openAccount(aws);
    ignoreCase(account.client, sent);
    adapter = account.adapter({}, { clients: { sagemaker: account.client } });
    await adapter.createModel({ name: NAME }, call());
    await adapter.registerVersion({ model: { registryId: 'sagemaker', name: NAME }, artifacts }, call());
  });
  afterAll(async () => {
    await adapter[Symbol.asyncDispose]();
    account[Symbol.dispose]();
  });

  const model = { registryId: 'sagemaker', name: 'card-fraud' };
  const version = { ...model, version: '1' };
  const tags = [{ key: 'tier', value: 'gold' }];

  it.each<[string, () => Promise<unknown>]>([
    ['registerVersion', () => adapter.registerVersion({ model, artifacts }, call())],
    ['updateModel', () => adapter.updateModel({ model, setTags: tags }, call())],
    ['deleteModel', () => adapter.deleteModel(model, call())],
    ['updateVersion', () => adapter.updateVersion({ version, setMetadata: tags }, call())],
    ['deleteVersion', () => adapter.deleteVersion(version, call())],
    ['decide', () => adapter.decide({ version, incarnation: '0', mark: newMark() }, call())],
    ['setStage', () => adapter.setStage({ version, stage: 'Staging' }, call())],
  ])('is not written to by %s, though SageMaker would find it', async (_, write) => {
    const before = await everything(adapter);
    sent.length = 0;
    expect(await rejection(write())).toBeInstanceOf(NotFoundError);
    expect(sent.filter((command) => !/^(Describe|List|Search)/.test(command))).toEqual([]);
    expect(await everything(adapter)).toEqual(before);
  });

  it('is not found by a read', async () => {
    for (const consistency of ['eventual', 'strong'] as const) {
      const options = call({ consistency });
      expect(await adapter.getModels([model], options)).toEqual([null]);
      expect(await adapter.getVersions([version], options)).toEqual([null]);
      expect(await adapter.getEvidence([version], { ...options, parts: ['REPORTS'] })).toEqual([null]);
      expect(await adapter.getLatestVersions([model], options)).toEqual([null]);
    }
    const order = { field: 'NUMBER', direction: 'ASC' } as const;
    expect(await readAll(versionListing(adapter, { model, order }))).toEqual([]);
  });
});

/** Requests go out with the group's own spelling, whatever they say. */
function ignoreCase(client: SageMakerClient, sent: string[]): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        sent.push(commandName);
        const input = JSON.parse(JSON.stringify(args.input).replaceAll(/card-fraud/gi, NAME));
        return next({ ...args, input });
      },
    { step: 'initialize' },
  );
}
