import { ConflictError, NotFoundError } from '../../src/domain/errors.js';
import { quote } from '../../src/domain/refs.js';
import type { AliasExpectation, StageWrite, StatusWrite } from '../../src/domain/registry.js';
import type { CallContext } from './aborted.js';

/**
 * @param held The version that holds the alias now; null when none does.
 * @throws ConflictError when that is not what the caller expects.
 */
export function refuseUnexpectedHolder(
  alias: string,
  held: string | null,
  expected: AliasExpectation | undefined,
  context: CallContext,
): void {
  if (expected === undefined || expected.version === held) return;
  throw new ConflictError(
    `In registry ${context.registryId} the alias ${quote(alias)} ${pointsTo(held)}; ` +
      `the caller expects that it ${pointsTo(expected.version)}. Read it again before changing it.`,
    context,
  );
}

/** As `refuseUnexpectedHolder`, for the stage that a version is in now. */
export function refuseUnexpectedStage(
  current: string | null,
  { expectedStage }: Pick<StageWrite, 'expectedStage'>,
  context: CallContext,
): void {
  if (expectedStage === undefined || expectedStage === current) return;
  throw new ConflictError(
    `In registry ${context.registryId} the version is in ${inStage(current)}, not in ${inStage(expectedStage)} as expected. ` +
      'Read it again before moving it.',
    context,
  );
}

/**
 * @param incarnation Of the version that is there now.
 * @throws NotFoundError when the decision is about one that was there before it.
 */
export function refuseOtherIncarnation(incarnation: string, decided: StatusWrite, context: CallContext): void {
  if (incarnation === decided.incarnation) return;
  const { name, version } = decided.version;
  throw new NotFoundError(
    `In registry ${context.registryId} version ${quote(version)} of ${quote(name)} was deleted and made anew since it was decided upon. Read it again, then decide.`,
    context,
  );
}

function pointsTo(version: string | null): string {
  return version === null ? 'points to no version' : `points to version ${quote(version)}`;
}

function inStage(stage: string | null): string {
  return stage === null ? 'no stage' : `stage ${quote(stage)}`;
}
