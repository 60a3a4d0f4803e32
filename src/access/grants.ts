import type { Grant } from '../domain/access.js';
import type { AccessOptions, GrantOptions, GrantRecipients } from './access-options.js';
import { type Claims, textsOf } from './claims.js';

/** Somebody who has shown who they are. */
export interface Identity {
  readonly nativeId: string;
  readonly groups: readonly string[];
  readonly apiKeyId?: string;
  readonly claims?: Claims;
}

/** What the config gives to somebody: one grant per pattern, in the order of the config. */
export function grantsTo(identity: Identity, { grants }: Pick<AccessOptions, 'grants'>): readonly Grant[] {
  return grants.flatMap((grant, index) => {
    const by = recipientIn(grant.to, identity);
    return by === undefined ? [] : expand(grant, `access.grants[${index}]: ${by}`);
  });
}

function expand({ role, registries, models }: GrantOptions, source: string): readonly Grant[] {
  const grant = { role, source, ...(registries === undefined ? {} : { registryIds: registries }) };
  return models === undefined ? [grant] : models.map((modelName) => ({ ...grant, modelName }));
}

/** By what the identity is among the recipients; undefined where it is not. */
function recipientIn(to: GrantRecipients, identity: Identity): string | undefined {
  const group = to.groups?.find((candidate) => identity.groups.includes(candidate));
  if (group !== undefined) return `group ${group}`;
  if (to.subjects?.includes(identity.nativeId)) return `subject ${identity.nativeId}`;
  if (identity.apiKeyId !== undefined && to.apiKeys?.includes(identity.apiKeyId)) return `API key ${identity.apiKeyId}`;
  if (to.claims !== undefined && identity.claims !== undefined && hasClaims(identity.claims, to.claims)) {
    return `claim ${Object.keys(to.claims).join(', ')}`;
  }
  return to.everyone === true ? 'everyone who signs in' : undefined;
}

function hasClaims(claims: Claims, asked: Readonly<Record<string, readonly string[]>>): boolean {
  const paths = Object.entries(asked);
  return paths.length > 0 && paths.every(([path, values]) => textsOf(claims, path).some((it) => values.includes(it)));
}
