import type { ModelRef } from '../../src/domain/refs.js';
import { isStorableName } from './keys.js';
import type { MapContext } from './map.js';
import type { Call, Session } from './session.js';

/** What every method of the adapter works with. */
export interface DynamoDbRegistry {
  readonly session: Session;
  readonly region: string;
  readonly ownerTag: string;
}

export function mapContext({ session, region, ownerTag }: DynamoDbRegistry, call: Call): MapContext {
  const { registryId, table, namespace } = session;
  return { registryId, region, table, namespace, ownerTag, operation: call.operation };
}

/** Whether the ref can name something here; if not, the answer is known without a call. */
export function isOurs({ session }: DynamoDbRegistry, ref: ModelRef): boolean {
  return ref.registryId === session.registryId && ref.ownerAccount === undefined && isStorableName(ref.name);
}
