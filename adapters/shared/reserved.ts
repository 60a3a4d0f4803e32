/** What the gateway itself keeps with a model or version: nobody else writes it, and records do not show it. */
const PREFIX = 'registrar.';

export function isReserved(key: string): boolean {
  return foldKey(key).startsWith(PREFIX);
}

/**
 * Equal for keys that some upstream may take for one and the same. Databases differ: many ignore case, spaces at the end, the width of letters
 * or accents, so that a key which differs from one of ours in nothing else could be written over it. Compare by it to refuse, never to write.
 */
export function foldKey(key: string): string {
  return key.normalize('NFKD').replaceAll(/\p{M}/gu, '').trim().toLowerCase();
}
