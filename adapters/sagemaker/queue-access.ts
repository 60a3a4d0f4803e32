import { InvalidInputError } from '../../src/domain/errors.js';
import type { AwsAccess } from '../shared/aws-client.js';
import type { ConfiguredRegistry } from './event-owners.js';
import { configuredAccount, type QueueOptions } from './options.js';

/** One queue, how it is reached, and the registries that it tells of. */
export interface QueuePlan {
  readonly url: string;
  /** Of SQS. */
  readonly endpoint: string;
  /** Whose endpoint is that of STS. */
  readonly access: AwsAccess;
  readonly registries: readonly ConfiguredRegistry[];
}

interface Listening extends ConfiguredRegistry {
  readonly events: QueueOptions;
}

/** @throws InvalidInputError where registries share a queue and say different things about how to reach it. */
export function queuesOf(registries: readonly ConfiguredRegistry[]): readonly QueuePlan[] {
  const listening = registries.flatMap(({ id, options }): Listening[] =>
    options.events === undefined ? [] : [{ id, options, events: options.events }],
  );
  const byUrl = Map.groupBy(listening, ({ events }) => events.queueUrl);
  return [...byUrl].map(([url, sharing]) => ({
    url,
    endpoint: onlyOne(url, sharing, 'endpoint') ?? new URL(url).origin,
    access: accessOf(url, sharing),
    registries: sharing,
  }));
}

function accessOf(url: string, sharing: readonly Listening[]): AwsAccess {
  const only = <K extends keyof QueueOptions>(key: K) => onlyOne(url, sharing, key);
  const account = accountOfQueue(url);
  const local = sharing.find(({ options }) => account !== null && configuredAccount(options) === account);
  const { options } = local ?? sharing[0] ?? noneShares();
  const given = only('roleArn');
  const roleArn = given ?? local?.options.roleArn;
  const externalId = given === undefined ? local?.options.externalId : only('externalId');
  const endpoint = options.stsEndpoint ?? options.endpoint;
  return {
    region: only('region') ?? regionOfQueue(url) ?? options.region,
    sessionName: options.sessionName,
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(given !== undefined || options.sessionTags === undefined ? {} : { sessionTags: options.sessionTags }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

function onlyOne<K extends keyof QueueOptions>(
  url: string,
  sharing: readonly Listening[],
  key: K,
): QueueOptions[K] | undefined {
  const [first, ...others] = sharing.filter(({ events }) => events[key] !== undefined);
  const other = others.find(({ events }) => events[key] !== first?.events[key]);
  if (other === undefined) return first?.events[key];
  throw new InvalidInputError(
    `Registries ${first?.id} and ${other.id} share the queue ${url}, but their options events.${key} differ. Give both the same.`,
  );
}

function noneShares(): never {
  throw new Error('A queue without a registry.');
}

/** The URL of a queue ends with its account and name. */
const QUEUE_PATH = /\/(\d{12})\/([\w-]{1,80})$/;

function accountOfQueue(url: string): string | null {
  return QUEUE_PATH.exec(new URL(url).pathname)?.[1] ?? null;
}

/** @throws InvalidInputError for the URL of anything but a standard queue. */
export function placeOfQueue(url: string): { readonly account: string; readonly name: string } {
  const [, account, name] = QUEUE_PATH.exec(new URL(url).pathname) ?? [];
  if (account !== undefined && name !== undefined) return { account, name };
  throw new InvalidInputError(
    `${url} is not the URL of a standard queue, which ends with the account and the name: https://sqs.eu-west-1.amazonaws.com/123456789012/registrar-events.`,
  );
}

function regionOfQueue(url: string): string | undefined {
  const { hostname } = new URL(url);
  return (/^sqs\.([a-z0-9-]+)\.(?:amazonaws\.|api\.aws)/.exec(hostname) ??
    /^([a-z0-9-]+)\.queue\.amazonaws\./.exec(hostname))?.[1];
}
