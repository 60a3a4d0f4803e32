/**
 * Where the journal keeps what in Redis. All keys have one hash tag, so that a script may touch any of them:
 *
 * - `meta` (hash): `epoch`, `head` and `trimmed`, which are positions
 * - `stream`: the entries; every entry has all fields of `ENTRY_FIELDS`, in their order, so that Redis keeps their names once
 * - `state:<registry>` (hash): entity → revision, position, JSON of its last changes, JSON of its record, each on a line of its own
 * - `gone` (sorted set): `<registry>\n<entity>` by when it went
 * - `places` (hash): id of a change → its position, as long as it is in the stream
 * - `evidence` (hash): position → what has confirmed the change since
 * - `registries` (hash): registry → `completeThrough`, `walkedAt`, `highestModified`, each on a line of its own
 * - `notes` (hash), `lease:<name>` (hashes: `holder`, `token`, `until`), `seen:<key>` (texts that end by themselves)
 */
export interface RedisKeys {
  readonly meta: string;
  readonly stream: string;
  readonly gone: string;
  readonly places: string;
  readonly evidence: string;
  readonly registries: string;
  readonly notes: string;
  state(registryId: string): string;
  lease(name: string): string;
  seen(key: string): string;
}

export const ENTRY_FIELDS = ['registry', 'entity', 'rev', 'record', 'last', 'id', 'change'] as const;

/** @param prefix Tells the journals in one Redis apart. */
export function redisKeys(prefix: string): RedisKeys {
  const key = (name: string) => `{${prefix}}:${name}`;
  return {
    meta: key('meta'),
    stream: key('stream'),
    gone: key('gone'),
    places: key('places'),
    evidence: key('evidence'),
    registries: key('registries'),
    notes: key('notes'),
    state: (registryId) => key(`state:${registryId}`),
    lease: (name) => key(`lease:${name}`),
    seen: (of) => key(`seen:${of}`),
  };
}
