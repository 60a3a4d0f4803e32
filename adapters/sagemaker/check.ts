import {
  DescribeModelPackageCommand,
  DescribeModelPackageGroupCommand,
  ListTagsCommand,
  type SageMakerClient,
  SearchCommand,
} from '@aws-sdk/client-sagemaker';
import { PermissionDeniedError } from '../../src/domain/errors.js';
import type { CheckResult } from '../../src/domain/registry.js';
import { groupArn, type Place, versionArn } from './arns.js';
import type { Call } from './client.js';
import { isMissing, toRegistryError } from './errors.js';
import type { Registry } from './registry.js';

/** A name that stands for no group: a permitted call about it answers that it does not exist. */
const NOBODY = 'registrar-check';

type Probe = (
  client: Pick<SageMakerClient, 'send'>,
  http: { readonly abortSignal: AbortSignal },
  place: Place,
) => Promise<unknown>;

/** Every IAM action that reading needs, with a call that changes nothing. */
const PROBES: Readonly<Record<string, Probe>> = {
  'sagemaker:Search': (client, http) =>
    client.send(new SearchCommand({ Resource: 'ModelPackageGroup', MaxResults: 1 }), http),
  'sagemaker:DescribeModelPackageGroup': (client, http, place) =>
    client.send(new DescribeModelPackageGroupCommand({ ModelPackageGroupName: groupArn(place, NOBODY) }), http),
  'sagemaker:DescribeModelPackage': (client, http, place) =>
    client.send(new DescribeModelPackageCommand({ ModelPackageName: versionArn(place, NOBODY, '1') }), http),
  'sagemaker:ListTags': (client, http, place) =>
    client.send(new ListTagsCommand({ ResourceArn: groupArn(place, NOBODY) }), http),
};

export async function checkRegistry(registry: Registry, call: Call): Promise<readonly CheckResult[]> {
  const identity = await checkIdentity(registry, call);
  if (identity.place === null) return [identity.result];
  const { place, principal } = identity;
  const probes = Object.entries(PROBES).map(([action, probe]) =>
    checkAction(registry, action, probe, place, principal, call),
  );
  return [identity.result, ...(await Promise.all(probes))];
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

async function checkAction(
  registry: Registry,
  name: string,
  probe: Probe,
  place: Place,
  principal: string,
  call: Call,
): Promise<CheckResult> {
  try {
    await registry.sagemaker.run(call, (client, http) => probe(client, http, place));
  } catch (error) {
    if (!isMissing(error)) {
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
