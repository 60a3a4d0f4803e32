import { eventCalls, sageMakerOptions } from '../../adapters/sagemaker/index.js';
import { sageMakerOptionsOf } from '../gateway-config.js';
import { ACCOUNTS } from '../registries.js';
import { credentialsOf } from './aws-clients.js';
import { makeCalls } from './event-calls.js';

/** Rules and queues, so that the registries tell the gateway of their changes. */
export async function wireSageMakerEvents(endpoint: string): Promise<void> {
  const registries = ACCOUNTS.map((account) => ({
    id: account.registryId,
    options: sageMakerOptions.parse(sageMakerOptionsOf(account, endpoint)),
  }));
  for (const { account: id, region, calls } of eventCalls(registries)) {
    const account = ACCOUNTS.find((candidate) => candidate.id === id);
    if (account === undefined) throw new Error(`The sandbox has no account ${id}.`);
    await makeCalls(calls, { endpoint, region, credentials: credentialsOf(account, 'platform', endpoint) });
  }
}
