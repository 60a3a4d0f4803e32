import { RegistryError } from '../domain/errors.js';

/** The Redis that was named cannot be trusted with a journal as it is set up. */
export class JournalSettingsError extends RegistryError {
  readonly code = 'UNSUPPORTED';
}

/** As the scripts need it: streams that are trimmed by id, and effects instead of scripts in the replication. */
const MINIMUM_VERSION = 7;

/**
 * @param info What Redis answers to INFO, which those may ask who may not see the settings themselves.
 * @returns Null where all is well.
 */
export function settingsFault(info: string, address: string): JournalSettingsError | null {
  const told = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? 'not told';
  const version = told('redis_version');
  if (!(Number.parseInt(version, 10) >= MINIMUM_VERSION)) {
    return new JournalSettingsError(
      `The Redis at ${address} has the version ${version}. The journal needs ${MINIMUM_VERSION} or later: ` +
        'name another in redis.journal.url, or bring this one up to date.',
    );
  }
  const policy = told('maxmemory_policy');
  if (policy !== 'noeviction') {
    return new JournalSettingsError(
      `The Redis at ${address} throws keys away when its memory is full (maxmemory-policy: ${policy}), and with them what the journal ` +
        'has promised to keep. Set its maxmemory-policy to noeviction, or name another in redis.journal.url.',
    );
  }
  return null;
}
