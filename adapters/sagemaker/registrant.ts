import type { Actor } from '../../src/domain/model.js';
import type { CallOptions } from '../../src/domain/registry.js';
import { decoded, encoded, VALUE_MAX } from './metadata-text.js';

// Who registered a version through the gateway, in customer metadata: SageMaker's own CreatedBy is the gateway's role for all of them.

/** What does not fit into one entry goes on in `registrar.registrant.2` and so forth: half an id would be somebody else's. */
export const REGISTRANT_KEY = 'registrar.registrant';

/** Between name and id. No encoded text holds it: there two digits follow an equals sign. */
const SEPARATOR = '=/';

type Registrant = NonNullable<CallOptions['caller']>;

/** The entries for it; none without a caller. */
export function writeRegistrant(caller: Registrant | undefined): Readonly<Record<string, string>> {
  if (caller === undefined) return {};
  const { name, nativeId } = caller;
  const values = [''];
  for (const part of [...encoded(name), ...(nativeId === undefined ? [] : [SEPARATOR, ...encoded(nativeId)])]) {
    const last = values.length - 1;
    if (`${values[last]}${part}`.length > VALUE_MAX) values.push(part);
    else values[last] += part;
  }
  return Object.fromEntries(values.map((value, index) => [keyOf(index), value]));
}

/** Null for a version that somebody registered without the gateway. */
export function readRegistrant(metadata: Readonly<Record<string, string>>): Actor | null {
  const values: string[] = [];
  for (let value = metadata[REGISTRANT_KEY]; value !== undefined; value = metadata[keyOf(values.length)]) {
    values.push(value);
  }
  const [name = '', nativeId] = values.join('').split(SEPARATOR);
  if (name === '') return null;
  return { name: decoded(name), kind: 'USER', nativeId: nativeId === undefined ? null : decoded(nativeId) };
}

/** How many entries of the metadata a version's registrant takes up. Whom SageMaker itself names has an ARN. */
export function registrantEntries(createdBy: Actor | null): number {
  if (createdBy === null || createdBy.name === null || createdBy.kind !== 'USER') return 0;
  const { name, nativeId } = createdBy;
  if (nativeId?.startsWith('arn:') === true) return 0;
  return Object.keys(writeRegistrant(nativeId === null ? { name } : { name, nativeId })).length;
}

function keyOf(index: number): string {
  return index === 0 ? REGISTRANT_KEY : `${REGISTRANT_KEY}.${index + 1}`;
}
