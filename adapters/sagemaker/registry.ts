import type { ModelPackage, ModelPackageGroup, Tag } from '@aws-sdk/client-sagemaker';
import type { ModelRecord, ModelVersionRecord } from '../../src/domain/model.js';
import type { ModelRef } from '../../src/domain/refs.js';
import type { AdapterEnvironment } from '../../src/domain/registry.js';
import { type Place, parseArn } from './arns.js';
import type { Call, SageMaker } from './client.js';
import { unexpected } from './errors.js';
import type { Source } from './hint.js';
import { toModel, toVersion } from './map.js';
import { configuredAccount, type SageMakerOptions, sageMakerOptions } from './options.js';

/** What every part of the adapter works with. */
export interface Registry {
  readonly id: string;
  readonly options: SageMakerOptions;
  readonly sagemaker: SageMaker;
  readonly sources: readonly Source[];
  /** Where the thing that a ref names is; null when the ref cannot be of this registry. */
  placeOf(ref: ModelRef, call: Call): Promise<Place | null>;
  /** Null when the group belongs to another configured registry. */
  model(source: Source, group: ModelPackageGroup, tags: readonly Tag[], call: Call): ModelRecord | null;
  /** Null for a package without a group, and when the version belongs to another configured registry. */
  version(source: Source, pkg: ModelPackage, call: Call): ModelVersionRecord | null;
  /** Whether another account's things are this registry's to show. */
  showsAccount(account: string): boolean;
}

export function createRegistry(
  id: string,
  options: SageMakerOptions,
  sagemaker: SageMaker,
  siblings: AdapterEnvironment['siblings'],
): Registry {
  const configured = siblingAccounts(options.region, siblings);
  const base = { registryId: id, ownerTag: options.ownerTag, consoleUrl: consoleUrl(options) };
  const showsAccount = (account: string) => options.sharedGroups && !configured.has(account);

  const ownerOf = (
    source: Source,
    arn: string | undefined,
    call: Call,
  ): { owner: string | undefined; shown: boolean } => {
    if (source === 'own') return { owner: undefined, shown: true };
    const account = arn === undefined ? undefined : parseArn(arn)?.account;
    if (account === undefined) throw unexpected(call);
    return { owner: account, shown: showsAccount(account) };
  };

  return {
    id,
    options,
    sagemaker,
    sources: options.sharedGroups ? ['own', 'shared'] : ['own'],
    showsAccount,
    async placeOf(ref, call) {
      if (ref.ownerAccount === undefined) return sagemaker.place(call);
      if (!showsAccount(ref.ownerAccount)) return null;
      const own = await sagemaker.place(call);
      return own.account === ref.ownerAccount ? null : { ...own, account: ref.ownerAccount };
    },
    model(source, group, tags, call) {
      const { owner, shown } = ownerOf(source, group.ModelPackageGroupArn, call);
      if (!shown) return null;
      const model = toModel(group, tags, { ...base, ownerAccount: owner });
      if (model === null) throw unexpected(call);
      return model;
    },
    version(source, pkg, call) {
      const { owner, shown } = ownerOf(source, pkg.ModelPackageArn, call);
      return shown ? toVersion(pkg, { ...base, ownerAccount: owner }) : null;
    },
  };
}

/** Accounts whose groups of this Region are listed by a registry of their own; one whose account only STS knows is not seen here. */
function siblingAccounts(region: string, siblings: AdapterEnvironment['siblings']): ReadonlySet<string> {
  return new Set(
    siblings.flatMap(({ options }) => {
      const parsed = sageMakerOptions.safeParse(options);
      const account = parsed.success && parsed.data.region === region ? configuredAccount(parsed.data) : undefined;
      return account === undefined ? [] : [account];
    }),
  );
}

/** The registry has no page of its own outside Studio, and an emulator has none at all. */
function consoleUrl({ region, endpoint }: SageMakerOptions): string | null {
  if (endpoint !== undefined && !/\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname)) return null;
  const host = region.startsWith('cn-')
    ? `${region}.console.amazonaws.cn`
    : region.startsWith('us-gov-')
      ? 'console.amazonaws-us-gov.com'
      : `${region}.console.aws.amazon.com`;
  return `https://${host}/sagemaker/home?region=${region}#/studio`;
}
