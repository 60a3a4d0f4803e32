import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { GetCallerIdentityCommand, type GetCallerIdentityCommandOutput, STSClient } from '@aws-sdk/client-sts';
import type { CallOptions } from '../../src/domain/registry.js';
import { abortedError, untilAborted } from '../shared/aborted.js';
import { awsClientConfig, stsClientConfig } from '../shared/aws-client.js';
import { createLimiter } from '../shared/concurrency.js';
import { type Place, partitionOf } from './arns.js';
import { createRecent, sessionOf } from './caller-session.js';
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
type Task<T> = (client: Pick<SageMakerClient, 'send'>, http: HttpOptions) => Promise<T>;

/** Role sessions of callers that are kept at a time. */
const CALLERS_MAX = 100;

/** The only way to SageMaker: limits what is under way, honours the signal, and creates clients on first use. Throws what the SDK throws. */
export interface SageMaker extends AsyncDisposable {
  /** A read, as the gateway. */
  run<T>(call: Call, task: Task<T>): Promise<T>;
  /** A write, as the caller where the options pass callers on. */
  write<T>(call: Call, task: Task<T>): Promise<T>;
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

  const own = () => {
    ownClient ??= new SageMakerClient(awsClientConfig(options));
    return ownClient;
  };
  const sagemaker = () => handedIn.sagemaker ?? own();
  // All on the gateway's connections: a client that is forgotten leaves nothing behind to be closed, and may still be in use.
  const ofCaller = createRecent(CALLERS_MAX, (name) => {
    const { requestHandler } = own().config;
    return new SageMakerClient({ ...awsClientConfig(options, sessionOf(name)), requestHandler });
  });
  const writer = ({ options: { caller } }: Call) =>
    handedIn.sagemaker ?? (options.passCaller && caller !== undefined ? ofCaller(caller.name) : own());
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
    write: (call, task) => limited(call, (http) => task(writer(call), http)),
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
