import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createStore } from '../../src/app.js';
import type { GovernanceStore } from '../../src/governance/store.js';
import { type Receiver, SECRET, startReceiver } from '../notify/receiver.js';
import { type Desk, openDesk } from './support.js';

let receiver: Receiver;
let desk: Desk;
beforeEach(async () => {
  receiver = await startReceiver();
  let store: GovernanceStore | undefined;
  const hook = {
    url: receiver.url,
    secrets: ['${HOOK_SECRET}'],
    allowPrivateAddresses: true,
  };
  desk = await openDesk({
    models: [{ name: 'churn', statuses: ['PENDING', 'PENDING', 'PENDING'] }],
    webhooks: [
      { ...hook, id: 'approvals', filter: { to: ['APPROVED'], registryLabels: { team: 'east' } } },
      { ...hook, id: 'elsewhere', filter: { registryLabels: { team: 'west' } } },
    ],
    environment: { HOOK_SECRET: SECRET },
    createStore: (config) => {
      store = createStore(config);
      return store;
    },
  });
  // What happens before it is served for the first time it is not told of.
  await vi.waitFor(async () => expect(await store?.deliveries.endpoint('elsewhere')).not.toBeNull());
});
afterEach(async () => {
  await desk[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

describe('a gateway with webhooks', () => {
  it('tells of what was decided through it, with the ids and cursors of its API', async () => {
    for (const [number, field] of ['rejectModelVersion', 'approveModelVersion', 'approveModelVersion'].entries()) {
      const modelVersionId = `east/churn/${number + 1}`;
      const { error } = await desk.mutate('ana', field, { modelVersionId, expectedStatus: 'PENDING' });
      expect(error).toBeUndefined();
    }
    const received = await receiver.until(2);
    const document = `{ registryChanges(last: 50, filter: { to: [APPROVED] }) {
      nodes { ... on ModelVersionStatusChanged {
        cursor id type occurredAt observedAt registryId modelId modelName modelVersionId version evidence
        actor { name kind nativeId } previousStatus status outOfBand approval { id }
      } }
    } }`;
    const { data } = await desk.ask('root', document);
    const nodes = data.registryChanges.nodes.map(({ approval, ...node }: { approval: { id: string } }) => ({
      ...node,
      approvalId: approval.id,
    }));
    const told = received.map(({ event }) => event.data);
    expect(told).toHaveLength(2);
    expect(told.toSorted((a, b) => a.version - b.version)).toEqual(
      nodes.toSorted((a: { version: number }, b: { version: number }) => a.version - b.version),
    );
  });
});
