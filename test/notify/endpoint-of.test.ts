import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/changes.js';
import { endpointOf, type WebhookSettings } from '../../src/notify/endpoint-of.js';
import { SECRET } from './receiver.js';
import { approved } from './world.js';

const change = approved('1');
const rejected = approved('2', { status: 'REJECTED', outOfBand: true });
const { previousStatus, status, outOfBand, approvalId, ...base } = change;
const deleted: Change = { ...base, type: 'MODEL_DELETED', version: null };

function chosen(filter: WebhookSettings['filter']): readonly Change[] {
  const { matches } = endpointOf(
    {
      id: 'chat',
      url: 'https://hooks.example.com/',
      secrets: [SECRET],
      filter,
      allowPrivateAddresses: false,
      timeoutMs: 1000,
      concurrency: 1,
      retry: { maxAttempts: 1, firstDelaySeconds: 1, maxDelaySeconds: 1, giveUpAfterSeconds: 1 },
    },
    (registryId) => (registryId === 'prod-eu' ? [{ key: 'team', value: 'risk' }] : []),
  );
  return [change, rejected, deleted].filter(matches);
}

describe('the filter of a webhook', () => {
  it.each<[WebhookSettings['filter'], readonly Change[]]>([
    [{}, [change, rejected, deleted]],
    [{ registryIds: undefined, registryLabels: {} }, [change, rejected, deleted]],
    [{ registryIds: ['prod-eu'], registryLabels: { team: 'risk' } }, [change, rejected, deleted]],
    [{ registryLabels: { team: 'other' } }, []],
    [{ registryIds: ['prod-us'] }, []],
    [{ modelName: 'CH*n' }, [change, rejected, deleted]],
    [{ modelName: 'ch' }, []],
    [{ types: ['MODEL_DELETED'] }, [deleted]],
    [{ to: ['APPROVED'] }, [change]],
    [{ outOfBandOnly: true }, [rejected]],
    [{ outOfBandOnly: false, from: ['PENDING'] }, [change, rejected]],
    [{ actorIds: ['https://id#ana'], to: ['REJECTED'] }, [rejected]],
  ])('%j', (filter, expected) => {
    expect(chosen(filter)).toEqual(expected);
  });
});
