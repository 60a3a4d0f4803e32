const SCHEME = 'dynamodb:';

/** What a native id names, beside the place. */
export interface NativeName {
  readonly name: string;
  readonly version?: string;
}

/** Where the registry is: the part that all its native ids share. */
export interface NativePlace {
  readonly region: string;
  readonly table: string;
  readonly namespace: string;
}

/** `dynamodb://<region>/<table>/<namespace>/<name>[/<version>]`, each part encoded as by `encodeURIComponent`. */
export function nativeId(place: NativePlace, named: NativeName): string {
  const parts = [place.region, place.table, place.namespace, named.name];
  if (named.version !== undefined) parts.push(named.version);
  return `${SCHEME}//${parts.map(encodeURIComponent).join('/')}`;
}

/** Null for an id of another place or form. Only the canonical spelling counts, so that an id is a key. */
export function parseNativeId(place: NativePlace, id: string): NativeName | null {
  const [scheme, empty, , , , name, version, ...more] = id.split('/');
  if (scheme !== SCHEME || empty !== '' || name === undefined || name === '' || more.length > 0) return null;
  const named = decode(name, version);
  return named !== null && nativeId(place, named) === id ? named : null;
}

function decode(name: string, version: string | undefined): NativeName | null {
  try {
    const decoded = { name: decodeURIComponent(name) };
    return version === undefined ? decoded : { ...decoded, version: decodeURIComponent(version) };
  } catch {
    return null;
  }
}
