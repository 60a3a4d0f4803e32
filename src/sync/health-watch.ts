import type { RegistryHealthChange } from '../domain/changes.js';
import type { Lease } from '../domain/lease.js';
import type { RegistryHealth } from '../domain/registry-health.js';
import { changeId } from '../journal/change-id.js';
import type { Journal } from '../journal/journal.js';
import type { Mirror } from './mirror.js';

export interface HealthWatchOptions {
  readonly journal: Pick<Journal, 'append'>;
  readonly mirror: Mirror;
  readonly epoch: () => string | null;
  readonly now: () => number;
}

/** Tells the journal of a registry's health when it has changed since it was told last; only the replica that walks the registry does. */
export function createHealthWatch({ journal, mirror, epoch, now }: HealthWatchOptions) {
  return async (registryId: string, { status, problem, checkedAt }: RegistryHealth, lease: Lease): Promise<void> => {
    const [before, current] = [mirror.get(registryId, registryId), epoch()];
    const known = before?.record && 'health' in before.record ? before.record.health : null;
    if (current === null || known === status || status === 'STARTING') return;
    const rev = (before?.rev ?? 0) + 1;
    const change: RegistryHealthChange = {
      type: 'REGISTRY_HEALTH',
      id: changeId({ type: 'REGISTRY_HEALTH', entity: registryId, incarnation: null, rev, state: status }),
      registryId,
      model: null,
      version: null,
      incarnation: null,
      occurredAt: checkedAt,
      observedAt: new Date(now()).toISOString(),
      evidence: ['SELF'],
      actor: null,
      previousHealth: known ?? 'STARTING',
      health: status,
      problem: problem === null ? null : { code: problem.code, message: problem.message },
    };
    const isFirstWord = known === null && status === 'UP';
    await journal.append(
      [
        {
          registryId,
          entity: registryId,
          expectedRev: before?.rev ?? 0,
          record: { health: status },
          changes: isFirstWord ? [] : [change],
        },
      ],
      { epoch: current, lease },
    );
  };
}
