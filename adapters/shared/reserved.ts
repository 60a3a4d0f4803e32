/** What the gateway itself keeps with a model or version: nobody else writes it, and records do not show it. */
const PREFIX = 'registrar.';

export function isReserved(key: string): boolean {
  return key.startsWith(PREFIX);
}
