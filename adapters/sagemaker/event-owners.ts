import { createSageMaker } from './client.js';
import { configuredAccount, type SageMakerOptions } from './options.js';

export interface ConfiguredRegistry {
  readonly id: string;
  readonly options: SageMakerOptions;
}

/** A registry that shows what is in an account. */
export interface Owner {
  readonly registryId: string;
  /** The account, where it only shares its groups with the registry's. */
  readonly ownerAccount?: string;
}

export interface EventOwners extends AsyncDisposable {
  /** None where no registry shows the account and Region. @throws What STS throws, where only STS knows the account of a registry. */
  of(account: string, region: string, signal: AbortSignal): Promise<readonly Owner[]>;
}

/**
 * Who shows what an event is about.
 * @param listening The registries that the events may be of.
 * @param all All of the kind: what is one's own is no other's shared group.
 */
export function createEventOwners(
  listening: readonly ConfiguredRegistry[],
  all: readonly ConfiguredRegistry[],
): EventOwners {
  const unknown = listening.filter(({ options }) => configuredAccount(options) === undefined);
  const clients = new Map(unknown.map(({ id, options }) => [id, createSageMaker(options, {})]));
  const asking = new Map<string, Promise<string | undefined>>();

  /** One question to STS, however many events of a batch want to know. */
  const askedAccount = (id: string, signal: AbortSignal) => {
    const call = { registryId: id, operation: 'events', options: { signal, priority: 'background' } } as const;
    const asked = asking.get(id) ?? Promise.resolve(clients.get(id)?.place(call)).then((place) => place?.account);
    asking.set(id, asked);
    return asked.finally(() => asking.delete(id));
  };

  const accountOf = ({ id, options }: ConfiguredRegistry, signal: AbortSignal) =>
    configuredAccount(options) ?? askedAccount(id, signal);

  return {
    async of(account, region, signal) {
      const here = listening.filter(({ options }) => options.region === region);
      const accounts = await Promise.all(here.map((registry) => accountOf(registry, signal)));
      const own = here.filter((_, index) => accounts[index] === account);
      if (own.length > 0) return own.map(({ id }) => ({ registryId: id }));
      const isConfigured = all.some(
        ({ options }) => options.region === region && configuredAccount(options) === account,
      );
      if (isConfigured) return [];
      return here
        .filter(({ options }) => options.sharedGroups)
        .map(({ id }) => ({ registryId: id, ownerAccount: account }));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...clients.values()].map((client) => client[Symbol.asyncDispose]()));
    },
  };
}
