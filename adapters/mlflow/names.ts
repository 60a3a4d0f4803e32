import type { ModelRef } from '../../src/domain/refs.js';
import { isRefusedParameter } from './errors.js';
import { type Condition, equalsCondition, namesInConditions } from './filter.js';
import type { MlflowSession } from './session.js';

// Old servers on SQLite hold names of any length; no request line holds more than this.
const NAME_MAX_LENGTH = 1000;

/** False for what no MLflow server holds, which is not worth a call; some of it could not even be sent. */
export function isPossibleModel({ name, ownerAccount }: ModelRef): boolean {
  return (
    ownerAccount === undefined &&
    name !== '' &&
    name.length <= NAME_MAX_LENGTH &&
    name.isWellFormed() &&
    !name.includes('\0')
  );
}

/** Only the text that MLflow itself writes names a version, though it would read `01` as 1; its numbers have 32 bits. */
export function isPossibleVersion(version: string): boolean {
  return /^[1-9]\d{0,9}$/.test(version) && Number(version) < 2 ** 31;
}

/** Runs the one that asks with lists of names, or, on servers that do not take them, the other. */
export async function withNameLists<T>(
  { learned }: MlflowSession,
  withLists: () => Promise<T>,
  without: () => Promise<T>,
): Promise<T> {
  if (!learned.takesNameLists) return without();
  try {
    return await withLists();
  } catch (error) {
    if (!isRefusedParameter(error)) throw error;
    learned.takesNameLists = false;
    return without();
  }
}

/** Runs `search` with the condition that says best which model is meant. */
export function withNameCondition<T>(
  session: MlflowSession,
  name: string,
  search: (condition: Condition) => Promise<T>,
): Promise<T> {
  const plain = equalsCondition('name', name);
  const [list] = namesInConditions([name]);
  if (plain.isExact || list === undefined) return search(plain);
  return withNameLists(
    session,
    () => search({ text: list.condition, isExact: true }),
    () => search(plain),
  );
}

/** The id of the logged model that a version's source names; null for any other source. */
export function loggedModelIn(source: string): string | null {
  return /^models:\/+(m-[A-Za-z0-9]{1,64})$/.exec(source)?.[1] ?? null;
}
