import {
  DescribeModelPackageCommand,
  type DescribeModelPackageCommandOutput,
  UpdateModelPackageCommand,
} from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InvalidInputError, NotFoundError, TimeoutError } from '../../src/domain/errors.js';
import type { DecisionMark, ModelVersionRecord } from '../../src/domain/model.js';
import type { RegistryAdapter } from '../../src/domain/registry.js';
import { call } from '../conformance/registry-walk.js';
import { rejection } from '../conformance/registry-writes.js';
import { engines } from '../support/engines.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { openAccount, type SageMakerAccount } from '../support/sagemaker-account.js';

const { aws } = engines();
const model = { registryId: 'sagemaker', name: 'Fraud' };
const approved: DecisionMark = {
  id: `1.${'ab12'.repeat(16)}`,
  status: 'APPROVED',
  actor: 'https://issuer.example.com#ana',
  at: '2026-11-20T08:15:30.250Z',
  comment: 'AUC 0.91 > 0.9, "fine" – für alle',
};

describe.skipIf(aws === null)('decisions in SageMaker (skipped where REGISTRIES leaves its engine out)', () => {
  let account: SageMakerAccount;
  let proxy: FaultProxy;
  let adapter: RegistryAdapter;
  let version: ModelVersionRecord;

  const register = (metadata: Readonly<Record<string, string>> = {}) => {
    const entries = Object.entries(metadata).map(([key, value]) => ({ key, value }));
    return adapter.registerVersion({ model, artifacts: [artifact], metadata: entries }, call());
  };
  const upstream = ({ nativeId }: ModelVersionRecord): Promise<DescribeModelPackageCommandOutput> =>
    account.client.send(new DescribeModelPackageCommand({ ModelPackageName: nativeId }));
  const decide = (mark: Partial<DecisionMark>, { ref, incarnation } = version) =>
    adapter.decide({ version: ref, incarnation, mark: { ...approved, ...mark } }, call());
  /** As many entries as it takes to leave room for so many. */
  const crowd = (room: number) =>
    Object.fromEntries(Array.from({ length: 50 - room }, (_, index) => [`k${index}`, 'v']));

  beforeAll(async () => {
    if (aws === null) return;
    account = openAccount(aws);
    proxy = await startFaultProxy(aws.endpoint);
    adapter = account.adapter({ endpoint: proxy.origin, stsEndpoint: aws.endpoint });
    await adapter.createModel({ name: model.name }, call());
  });
  beforeEach(async () => {
    version = await register({ auc: '0.91' });
    proxy.reset();
  });
  afterAll(async () => {
    await adapter[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    account[Symbol.dispose]();
  });

  it('are one write with status, comment and mark, between two reads', async () => {
    const decided = await decide({});
    expect(proxy.requests).toEqual([
      'SageMaker.DescribeModelPackage',
      'SageMaker.UpdateModelPackage',
      'SageMaker.DescribeModelPackage',
    ]);
    expect(decided).toMatchObject({
      approvalStatus: 'APPROVED',
      approvalComment: approved.comment,
      decision: approved,
      metadata: version.metadata,
      incarnation: version.incarnation,
    });
    expect(await upstream(version)).toMatchObject({
      ModelApprovalStatus: 'Approved',
      ApprovalDescription: approved.comment,
      CustomerMetadataProperties: {
        auc: '0.91',
        'registrar.decision': `1 ${approved.id} APPROVED ${approved.at}`,
        'registrar.actor': 'https://issuer.example.com=23ana',
      },
    });
  });

  it('leave nothing of the decision before', async () => {
    await decide({});
    const reset = await decide({ id: '2.cd', status: 'PENDING', actor: null, comment: null });
    expect(reset).toMatchObject({
      approvalStatus: 'PENDING',
      approvalStatusExplicit: true,
      approvalComment: null,
      decision: { id: '2.cd', actor: null, comment: null },
    });
    const { ModelApprovalStatus, ApprovalDescription, CustomerMetadataProperties } = await upstream(version);
    expect([ModelApprovalStatus, ApprovalDescription]).toEqual(['PendingManualApproval', '']);
    expect(Object.keys(CustomerMetadataProperties ?? {}).toSorted()).toEqual(['auc', 'registrar.decision']);
  });

  it('of other people leave a mark that disagrees', async () => {
    await decide({});
    const ModelPackageArn = version.nativeId;
    await account.client.send(new UpdateModelPackageCommand({ ModelPackageArn, ModelApprovalStatus: 'Rejected' }));
    for (const consistency of ['strong', 'eventual'] as const) {
      const [read] = await adapter.getVersions([version.ref], call({ consistency }));
      expect(read).toMatchObject({ approvalStatus: 'REJECTED', decision: approved });
    }
  });

  it.each([
    ['is too long', 'x'.repeat(1025)],
    ['has lines', 'one\ntwo'],
    ['has control characters', 'a\u0007'],
    ['has a line separator', 'a\u2028b'],
  ])('are refused where the comment %s, and nothing is written', async (_, comment) => {
    const write = { version: version.ref, mark: { ...approved, comment } };
    expect(() => adapter.refuseDecision(version, write)).toThrow(InvalidInputError);
    expect(proxy.requests).toEqual([]);
    expect(await rejection(decide({ comment }))).toBeInstanceOf(InvalidInputError);
    expect(proxy.counts()['SageMaker.UpdateModelPackage']).toBeUndefined();
  });

  it('take a comment of 1024 characters', async () => {
    const comment = 'ü'.repeat(1024);
    expect(await decide({ comment })).toMatchObject({ approvalComment: comment, decision: { comment } });
  });

  it.each([0, 1])('are refused where the metadata has room for %i more only', async (room) => {
    const full = await register(crowd(room));
    const write = { version: full.ref, mark: approved };
    expect(() => adapter.refuseDecision(full, write)).toThrow(/no room/);
    expect(await rejection(decide({}, full))).toMatchObject({ code: 'BAD_USER_INPUT', operation: 'decide' });
    expect(proxy.counts()['SageMaker.UpdateModelPackage']).toBeUndefined();
    expect(await upstream(full)).toMatchObject({ ModelApprovalStatus: 'PendingManualApproval' });
  });

  it('fit where the metadata has room for two more, and again where the marks are there', async () => {
    const full = await register(crowd(2));
    const first = await decide({}, full);
    expect(first).toMatchObject({ approvalStatus: 'APPROVED', metadata: full.metadata });
    expect(() => adapter.refuseDecision(first, { version: full.ref, mark: approved })).not.toThrow();
    expect(await decide({ status: 'REJECTED' }, full)).toMatchObject({ approvalStatus: 'REJECTED' });
  });

  it('count the lineage that is kept among the metadata', async () => {
    const metadata = Object.entries(crowd(3)).map(([key, value]) => ({ key, value }));
    const generatedBy = 'arn:aws:sagemaker:eu-central-1:123456789012:training-job/t1';
    // The training job is known by what generated the version; the run and the data set take two entries.
    const lineage = { generatedBy, trainingJob: generatedBy, runId: 'run-1', dataset: 's3://data/set' };
    const full = await adapter.registerVersion({ model, artifacts: [artifact], metadata, lineage }, call());
    expect(full.lineage).toMatchObject(lineage);
    expect(() => adapter.refuseDecision(full, { version: full.ref, mark: approved })).toThrow(/has 49 entries/);
    expect(() => adapter.refuseDecision(full, { version: full.ref, mark: { ...approved, actor: null } })).not.toThrow();
    expect(await decide({ actor: null }, full)).toMatchObject({ approvalStatus: 'APPROVED' });
  });

  it('count who registered, whom SageMaker has no field for, and whom neither decision nor update drives out', async () => {
    const caller = { name: 'ana@example.com', nativeId: 'https://issuer.example#ana' };
    const metadataOf = (room: number) => Object.entries(crowd(room)).map(([key, value]) => ({ key, value }));
    const registerAs = (room: number) =>
      adapter.registerVersion({ model, artifacts: [artifact], metadata: metadataOf(room) }, call({ caller }));
    expect(await rejection(registerAs(0))).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('who registers it'),
    });
    expect(proxy.counts()['SageMaker.CreateModelPackage']).toBeUndefined();
    const full = await registerAs(2);
    const write = { version: full.ref, mark: approved };
    expect(() => adapter.refuseDecision(full, write)).toThrow(/has 49 entries/);
    expect(await rejection(decide({}, full))).toMatchObject({ code: 'BAD_USER_INPUT' });
    const setMetadata = ['a', 'b'].map((key) => ({ key, value: 'v' }));
    const update = { version: full.ref, setMetadata };
    expect(await rejection(adapter.updateVersion(update, call()))).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(proxy.counts()['SageMaker.UpdateModelPackage']).toBeUndefined();
    const fitting = await registerAs(3);
    expect(() => adapter.refuseDecision(fitting, { version: fitting.ref, mark: approved })).not.toThrow();
    expect(await decide({}, fitting)).toMatchObject({ decision: approved, createdBy: { ...caller, kind: 'USER' } });
    expect((await upstream(fitting)).CustomerMetadataProperties).toMatchObject({
      'registrar.registrant': 'ana@example.com=/https://issuer.example=23ana',
    });
  });

  it('never reach a version by another spelling of its name', async () => {
    const other = { ...version, ref: { ...version.ref, name: 'fraud' } };
    expect(await rejection(decide({}, other))).toBeInstanceOf(NotFoundError);
    expect(proxy.counts()).toEqual({ 'SageMaker.DescribeModelPackage': 1 });
    const missing = { ...version, ref: { ...version.ref, version: '999' } };
    expect(await rejection(decide({}, missing))).toBeInstanceOf(NotFoundError);
  });

  it('that were cut off may be there, and are repeated without harm', async () => {
    proxy.inject({ kind: 'delay', ms: 1_000 }, { match: 'UpdateModelPackage', times: 1 });
    const signal = AbortSignal.timeout(500);
    const cut = adapter.decide(
      { version: version.ref, incarnation: version.incarnation, mark: approved },
      call({ signal }),
    );
    expect(await rejection(cut)).toBeInstanceOf(TimeoutError);
    const once = await decide({});
    const twice = await decide({});
    expect(twice).toEqual({ ...once, updatedAt: twice.updatedAt });
  });
});

const artifact = {
  uri: 's3://models/m/model.tar.gz',
  image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1.7',
};
