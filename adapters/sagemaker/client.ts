import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { GetCallerIdentityCommand, type GetCallerIdentityCommandOutput, STSClient } from '@aws-sdk/client-sts';
import type { CallOptions } from '../../src/domain/registry.js';
import { abortedError, untilAborted } from '../shared/aborted.js';
import { awsClientConfig, stsClientConfig } from '../shared/aws-client.js';
import { createLimiter } from '../shared/concurrency.js';
import { type Place, partitionOf } from './arns.js';
import { type CallSite, unexpected } from './errors.js';
import { configuredAccount, type SageMakerOptions } from './options.js';

/** The part of the clients that the adapter uses; handed in by tests and by owners of shared pools. */
export interface SageMakerClients {
  readonly sagemaker?: Pick<SageMakerClient, 'send'>;
  readonly sts?: Pick<STSClient, 'send'>;
}

/** One call of the contract on its way through the adapter. */
export interface Call extends CallSite {
  readonly options: CallOptions;
}

type HttpOptions = { readonly abortSignal: AbortSignal };

/** The only way to AWS: limits what is under way, honours the signal, and creates clients on first use. Throws what the SDK throws. */
export interface SageMaker extends AsyncDisposable {
  run<T>(call: Call, task: (client: Pick<SageMakerClient, 'send'>, http: HttpOptions) => Promise<T>): Promise<T>;
  callerIdentity(call: Call): Promise<GetCallerIdentityCommandOutput>;
  /** The account as far as it is known without a call. */
  readonly knownAccount: string | undefined;
  /** Where the registry is; asks STS once when the config does not say. */
  place(call: Call): Promise<Place>;
}

export function createSageMaker(options: SageMakerOptions, handedIn: SageMakerClients): SageMaker {
  const limiter = createLimiter(options.concurrency);
  let ownClient: SageMakerClient | undefined;
  let ownSts: STSClient | undefined;
  let knownAccount = configuredAccount(options);

  const sagemaker = () => {
    if (handedIn.sagemaker !== undefined) return handedIn.sagemaker;
    ownClient ??= new SageMakerClient(awsClientConfig(options));
    return ownClient;
  };
  const sts = () => {
    if (handedIn.sts !== undefined) return handedIn.sts;
    ownSts ??= new STSClient(stsClientConfig(options));
    return ownSts;
  };

  const limited = async <T>(call: Call, task: (http: HttpOptions) => Promise<T>): Promise<T> => {
    const { signal } = call.options;
    try {
      return await limiter.run(() => untilAborted(() => task({ abortSignal: signal }), signal), signal);
    } catch (error) {
      throw signal.aborted ? abortedError(signal, call) : error;
    }
  };
  const callerIdentity = (call: Call) => limited(call, (http) => sts().send(new GetCallerIdentityCommand({}), http));

  return {
    run: (call, task) => limited(call, (http) => task(sagemaker(), http)),
    callerIdentity,
    get knownAccount() {
      return knownAccount;
    },
    async place(call) {
      if (knownAccount === undefined) {
        const { Account } = await callerIdentity(call);
        if (Account === undefined) throw unexpected(call);
        knownAccount = Account;
      }
      return { partition: partitionOf(options.region), region: options.region, account: knownAccount };
    },
    async [Symbol.asyncDispose]() {
      ownClient?.destroy();
      ownSts?.destroy();
      ownClient = undefined;
      ownSts = undefined;
    },
  };
}
