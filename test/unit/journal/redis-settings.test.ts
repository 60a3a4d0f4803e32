import { describe, expect, it } from 'vitest';
import { settingsFault } from '../../../src/journal/redis-settings.js';

function info(version: string, policy: string): string {
  return `# Server\r\nredis_version:${version}\r\n# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:${policy}\r\n`;
}

describe('the settings of a Redis', () => {
  it.each(['7.0.15', '7.4.7', '8.2.1', '10.0.0'])('are well with version %s and noeviction', (version) => {
    expect(settingsFault(info(version, 'noeviction'), 'redis:6379')).toBeNull();
  });

  it.each(['6.2.14', '2.8'])('are refused with version %s', (version) => {
    expect(settingsFault(info(version, 'noeviction'), 'redis:6379')?.message).toMatch(
      `The Redis at redis:6379 has the version ${version}. The journal needs 7 or later: `,
    );
  });

  it.each(['allkeys-lru', 'volatile-ttl'])('are refused with the policy %s', (policy) => {
    expect(settingsFault(info('7.0.15', policy), 'redis:6379')?.message).toMatch(
      new RegExp(`at redis:6379 .*maxmemory-policy: ${policy}.*Set its maxmemory-policy to noeviction`),
    );
  });

  it('are refused where nothing is told', () => {
    expect(settingsFault('', 'redis:6379')?.message).toMatch(/version not told/);
    expect(settingsFault('redis_version:7.2.0\n', 'redis:6379')?.message).toMatch(/maxmemory-policy: not told/);
  });
});
