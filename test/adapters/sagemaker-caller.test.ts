import { DescribeModelPackageCommand } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PermissionDeniedError } from '../../src/domain/errors.js';
import type { ModelVersionRecord } from '../../src/domain/model.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { call } from '../conformance/registry-walk.js';
import { rejection } from '../conformance/registry-writes.js';
import { engines } from '../support/engines.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { openAccount, type SageMakerAccount } from '../support/sagemaker-account.js';

const { aws } = engines();
const model = { registryId: 'sagemaker', name: 'fraud' };
const ASSUME = 'POST /';

describe.skipIf(aws === null)(
  'the caller of a write to SageMaker (skipped where REGISTRIES leaves its engine out)',
  () => {
    let account: SageMakerAccount;
    /** In front of STS alone: its requests are the sessions that are begun. */
    let sts: FaultProxy;
    let passing: RegistryAdapter;
    let version: ModelVersionRecord;
    const as = (name: string) => call({ caller: { name } });
    const lastModifiedBy = async () => {
      const command = new DescribeModelPackageCommand({ ModelPackageName: version.nativeId });
      return (await account.client.send(command)).LastModifiedBy?.IamIdentity;
    };

    beforeAll(async () => {
      if (aws === null) return;
      account = openAccount(aws);
      sts = await startFaultProxy(aws.endpoint);
      passing = account.adapter({ passCaller: true, stsEndpoint: sts.origin });
      await passing.createModel({ name: model.name }, as('ana@example.com'));
      version = await passing.registerVersion({ model, artifacts: [artifact] }, as('ana@example.com'));
    });
    beforeEach(() => sts.reset());
    afterAll(async () => {
      await passing[Symbol.asyncDispose]();
      await sts[Symbol.asyncDispose]();
      account[Symbol.dispose]();
    });

    it('is whom SageMaker shows as the creator', async () => {
      const [found] = await passing.getModels([model], call());
      expect(found).toMatchObject({ createdBy: { name: 'ana@example.com', kind: 'USER' } });
      expect(version.createdBy).toMatchObject({ name: 'ana@example.com', kind: 'USER' });
    });

    it('is whom SageMaker shows as the last to change a version', async () => {
      await passing.setStage({ version: version.ref, stage: 'Staging' }, as('ben@example.com'));
      expect(await lastModifiedBy()).toMatchObject({
        Arn: `arn:aws:sts::${account.id}:assumed-role/registrar/ben@example.com`,
        SourceIdentity: 'ben@example.com',
      });
      await passing.setStage({ version: version.ref, stage: 'Production' }, as('Zoë Müller'));
      expect((await lastModifiedBy())?.SourceIdentity).toMatch(/^Zo--M-ller-[0-9a-f]{8}$/);
      await passing.setStage({ version: version.ref, stage: 'Archived' }, call());
      expect((await lastModifiedBy())?.Arn).toMatch(/\/registrar$/);
      expect(await lastModifiedBy()).not.toHaveProperty('SourceIdentity');
    });

    it('has one session for all writes, and none for reads', async () => {
      for (const stage of ['A', 'B', 'C']) {
        await passing.setStage({ version: version.ref, stage }, as('carla@example.com'));
      }
      expect(sts.requests).toEqual([ASSUME]);
      sts.reset();
      await passing.getVersions([version.ref], as('dora@example.com'));
      await passing.listModels({ order: { field: 'NAME', direction: 'ASC' }, limit: 1 }, as('dora@example.com'));
      expect(sts.requests).toEqual([]);
    });

    it('is the gateway where the option is off', async () => {
      await using plain = account.adapter();
      await plain.setStage({ version: version.ref, stage: 'D' }, as('eva@example.com'));
      expect((await lastModifiedBy())?.Arn).toMatch(/\/registrar$/);
    });

    it('is refused where STS refuses the session, in a write and in the check', async () => {
      await using fresh = account.adapter({ passCaller: true, stsEndpoint: sts.origin });
      await fresh.getVersions([version.ref], call());
      // The check begins with the gateway's own session and identity, and those are there.
      sts.inject({ kind: 'status', status: 403 });
      sts.inject({ kind: 'delay', ms: 0 }, { times: 2 });
      const checked = await fresh.check(call());
      expect(checked.filter(({ ok }) => !ok)).toEqual([
        { name: 'sts:SetSourceIdentity', ok: false, message: expect.stringContaining('lacks the IAM action sts:') },
      ]);
      const write = fresh.setStage({ version: version.ref, stage: 'E' }, as('finn@example.com'));
      expect(await rejection(write)).toBeInstanceOf(PermissionDeniedError);
    });

    it('is tried by the check for somebody made up, and writes are not', async () => {
      const results = await passing.check(call());
      expect(results.every(({ ok }) => ok)).toBe(true);
      expect(results.map(({ name }) => name)).toContain('sts:SetSourceIdentity');
      expect(results.at(-1)).toEqual({
        name: 'writes',
        ok: true,
        message: expect.stringContaining('UpdateModelPackage'),
      });
      await using plain = account.adapter();
      expect((await plain.check(call())).map(({ name }) => name)).not.toContain('sts:SetSourceIdentity');
    });
  },
);

const artifact = {
  uri: 's3://models/m/model.tar.gz',
  image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1.7',
};
