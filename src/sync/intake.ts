import type { ChangeHint, TakeHints } from '../domain/change-source.js';
import type { Timestamp } from '../domain/model.js';
import { modelId, modelOf, versionId } from '../domain/refs.js';
import { EpochChangedError, type Journal, JournalUnavailableError } from '../journal/journal.js';
import { knowsModel, type Mirror } from './mirror.js';
import type { Observer } from './observer.js';
import { type ReadNow, readStrongly } from './read-again.js';

export interface IntakeOptions extends ReadNow {
  readonly journal: Pick<Journal, 'seen' | 'mark'>;
  readonly mirror: Mirror;
  readonly observer: Observer;
  /** Whether the registry was walked as a whole; before that, the walk and the poll after it find whatever a hint could tell of. */
  readonly isKnown: (registryId: string) => boolean;
  /** Looks through the registry once, as a poll does. */
  readonly poll: (registryId: string) => Promise<void>;
}

/** Longer than any upstream goes on delivering the same word. */
const REMEMBER_MS = 24 * 3600_000;

/** Turns hints into looks at what they are about; each word of an upstream once. */
export function createIntake(options: IntakeOptions): TakeHints {
  const { journal, mirror, observer, adapters } = options;

  const take: TakeHints = async (hints) => {
    const keys = hints.map(keyOf);
    const seen = await journal.seen(keys);
    const fresh = hints.filter((hint, index) => seen[index] !== true && adapters.has(hint.registryId));
    const useful = fresh.filter(({ registryId }) => options.isKnown(registryId));

    const wanted = new Map<string, { readonly registryId: string; readonly occurredAt: Timestamp | undefined }>();
    const toPoll = new Set<string>();
    for (const { registryId, entity, occurredAt } of useful) {
      if (entity === undefined) {
        toPoll.add(registryId);
        continue;
      }
      if ('version' in entity) {
        const model = modelOf(entity);
        if (!knowsModel(mirror, model)) wanted.set(modelId(model), { registryId, occurredAt: undefined });
        wanted.set(versionId(entity), { registryId, occurredAt });
      } else wanted.set(modelId(entity), { registryId, occurredAt });
    }

    // What is known of them, before they are read.
    const before = new Map([...wanted].map(([entity, { registryId }]) => [entity, mirror.get(registryId, entity)]));
    const found = await readStrongly(options, [...wanted.keys()]);
    await observer.observe(
      [...wanted].flatMap(([entity, { registryId, occurredAt }]) => {
        const record = found.get(entity);
        if (record === undefined) return [];
        return [
          {
            registryId,
            entity,
            before: before.get(entity),
            record,
            isStrong: true,
            evidence: 'PUSH',
            occurredAt,
          } as const,
        ];
      }),
    );
    for (const registryId of toPoll) await options.poll(registryId);
    await journal.mark(fresh.map(keyOf), REMEMBER_MS);
  };

  // To whoever delivers, a journal that has just begun anew is one that is away for a moment.
  return (hints, signal) =>
    take(hints, signal).catch((error: unknown) => {
      throw error instanceof EpochChangedError ? new JournalUnavailableError(error) : error;
    });
}

function keyOf({ registryId, dedupeKey }: ChangeHint): string {
  return `${registryId} ${dedupeKey}`;
}
