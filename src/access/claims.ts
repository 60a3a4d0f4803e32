export type Claims = Readonly<Record<string, unknown>>;

/**
 * The claim at a dotted path, e.g. `realm_access.roles`. A name may have dots of its own, as URLs do, so a name that is there as it is written
 * comes before one that is taken apart.
 */
export function claimAt(claims: unknown, path: string): unknown {
  if (claims === null || typeof claims !== 'object' || Array.isArray(claims)) return undefined;
  if (Object.hasOwn(claims, path)) return (claims as Claims)[path];
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const name = path.slice(0, dot);
    const inner = Object.hasOwn(claims, name) ? claimAt((claims as Claims)[name], path.slice(dot + 1)) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** The texts of a claim, whether it holds one or a list; what is no text is left out. */
export function textsOf(claims: Claims, path: string): readonly string[] {
  const value = claimAt(claims, path);
  // RFC 8693: this one is a list that is written with spaces in between.
  if (path === 'scope' && typeof value === 'string') return value.split(' ').filter((scope) => scope !== '');
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((item) => typeof item === 'string' && item !== '' && item.isWellFormed()) as string[];
}
