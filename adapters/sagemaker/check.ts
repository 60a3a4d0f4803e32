import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  DescribeModelPackageCommand,
  DescribeModelPackageGroupCommand,
  ListEndpointsCommand,
  ListModelPackagesCommand,
  ListTagsCommand,
  type SageMakerClient,
  SearchCommand,
} from '@aws-sdk/client-sagemaker';
import { PermissionDeniedError } from '../../src/domain/errors.js';
import type { CheckResult } from '../../src/domain/registry.js';
import { groupArn, type Place, versionArn } from './arns.js';
import type { Call } from './client.js';
import { isMissingServer, toRegistryError } from './errors.js';
import type { Registry } from './registry.js';
import { addressIn } from './report-places.js';
import { isMissingReport, type ReportStore } from './report-store.js';

/** A name that stands for no group: a permitted call about it answers that it does not exist. */
const NOBODY = 'registrar-check';

type Probe = (
  client: Pick<SageMakerClient, 'send'>,
  http: { readonly abortSignal: AbortSignal },
  place: Place,
) => Promise<unknown>;

/** Every IAM action that reading needs, and what a write asks for first, with a call that changes nothing. */
const PROBES: Readonly<Record<string, Probe>> = {
  'sagemaker:Search': (client, http) =>
    client.send(new SearchCommand({ Resource: 'ModelPackageGroup', MaxResults: 1 }), http),
  'sagemaker:DescribeModelPackageGroup': (client, http, place) =>
    client.send(new DescribeModelPackageGroupCommand({ ModelPackageGroupName: groupArn(place, NOBODY) }), http),
  'sagemaker:DescribeModelPackage': (client, http, place) =>
    client.send(new DescribeModelPackageCommand({ ModelPackageName: versionArn(place, NOBODY, '1') }), http),
  'sagemaker:ListModelPackages': (client, http, place) =>
    client.send(new ListModelPackagesCommand({ ModelPackageGroupName: groupArn(place, NOBODY), MaxResults: 1 }), http),
  'sagemaker:ListTags': (client, http, place) =>
    client.send(new ListTagsCommand({ ResourceArn: groupArn(place, NOBODY) }), http),
  // What serves a version is looked up before the version is deleted.
  'sagemaker:ListEndpoints': (client, http) => client.send(new ListEndpointsCommand({ MaxResults: 1 }), http),
  'sagemaker:DescribeEndpoint': (client, http) =>
    client.send(new DescribeEndpointCommand({ EndpointName: NOBODY }), http),
  'sagemaker:DescribeEndpointConfig': (client, http) =>
    client.send(new DescribeEndpointConfigCommand({ EndpointConfigName: NOBODY }), http),
  'sagemaker:DescribeModel': (client, http) => client.send(new DescribeModelCommand({ ModelName: NOBODY }), http),
};

/** What else the adapter does; nothing but a write would tell whether it may. */
const WRITES =
  'CreateModelPackageGroup, DeleteModelPackageGroup, CreateModelPackage, UpdateModelPackage, DeleteModelPackage, AddTags, DeleteTags';

export async function checkRegistry(
  registry: Registry,
  reports: ReportStore,
  call: Call,
): Promise<readonly CheckResult[]> {
  const identity = await checkIdentity(registry, call);
  if (identity.place === null) return [identity.result];
  const { place, principal } = identity;
  const probes = Object.entries(PROBES).map(([action, probe]) =>
    tried(action, () => registry.sagemaker.run(call, (client, http) => probe(client, http, place)), principal, call),
  );
  const others = [...checkCaller(registry, place, principal, call), ...checkBuckets(registry, reports, call)];
  return [identity.result, ...(await Promise.all([...probes, ...others])), writesUntried()];
}

/** AssumeRole changes nothing, so the caller's session can be tried for somebody made up. */
function checkCaller(registry: Registry, place: Place, principal: string, call: Call): readonly Promise<CheckResult>[] {
  if (!registry.options.passCaller) return [];
  const asSomebody = { ...call, options: { ...call.options, caller: { name: NOBODY } } };
  const command = () => new ListTagsCommand({ ResourceArn: groupArn(place, NOBODY) });
  const run = () => registry.sagemaker.write(asSomebody, (client, http) => client.send(command(), http));
  return [tried('sts:SetSourceIdentity', run, principal, call)];
}

function checkBuckets({ options }: Registry, reports: ReportStore, call: Call): readonly Promise<CheckResult>[] {
  return options.reports.buckets.map(async (place) => {
    const name = `s3:GetObject ${place}`;
    try {
      await reports.read(addressIn(place, NOBODY), NOBODY, call);
    } catch (error) {
      const fault = toRegistryError(error, call);
      if (isMissingReport(fault)) return { name, ok: true, message: 'Permitted.' };
      const hint =
        fault instanceof PermissionDeniedError
          ? ' Allow s3:ListBucket on the bucket as well: without it AWS does not tell a missing report from a forbidden one.'
          : '';
      return { name, ok: false, message: fault.message + hint };
    }
    return { name, ok: true, message: 'Permitted.' };
  });
}

function writesUntried(): CheckResult {
  return {
    name: 'writes',
    ok: true,
    message: `Not tried, for trying would write. Registering, deciding and deleting need sagemaker: ${WRITES}.`,
  };
}

async function checkIdentity(registry: Registry, call: Call) {
  const failed = (message: string) => ({ place: null, result: { name: 'reach', ok: false, message } }) as const;
  try {
    const { Account, Arn } = await registry.sagemaker.callerIdentity(call);
    const place = await registry.sagemaker.place(call);
    if (Account !== place.account) {
      return failed(
        `The credentials are of account ${Account}, the options say ${place.account}. Correct accountId, or use a role of that account.`,
      );
    }
    const principal = Arn ?? 'The caller';
    return {
      place,
      principal,
      result: { name: 'reach', ok: true, message: `AWS answers in ${place.region} as ${principal}.` },
    } as const;
  } catch (error) {
    return failed(toRegistryError(error, call).message);
  }
}

/** A permitted call about nobody answers that there is no such thing. */
async function tried(name: string, run: () => Promise<unknown>, principal: string, call: Call): Promise<CheckResult> {
  try {
    await run();
  } catch (error) {
    if (!isMissingServer(error)) {
      const fault = toRegistryError(error, call);
      const message =
        fault instanceof PermissionDeniedError
          ? `${principal} lacks the IAM action ${fault.missingPermission ?? name}. Allow it in its policy.`
          : fault.message;
      return { name, ok: false, message };
    }
  }
  return { name, ok: true, message: 'Permitted.' };
}
