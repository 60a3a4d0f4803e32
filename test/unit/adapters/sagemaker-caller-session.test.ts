import { describe, expect, it } from 'vitest';
import { createRecent, sessionOf } from '../../../adapters/sagemaker/caller-session.js';

describe('the session of a caller', () => {
  it.each(['ana@example.com', 'ci', 'a'.repeat(64)])('is named %s where AWS takes that', (name) => {
    expect(sessionOf(name)).toEqual({ name, sourceIdentity: name });
  });

  it('has another name where AWS does not, and no two callers share it', () => {
    const names = [
      '',
      'a',
      'Ana María',
      'Ana Mar\u00eda ',
      '山田',
      '田山',
      'https://issuer#x',
      'a'.repeat(65),
      'a'.repeat(66),
    ];
    const sessions = names.map((name) => sessionOf(name).name);
    for (const session of sessions) expect(session).toMatch(/^[A-Za-z0-9_+=,.@-]{2,64}$/);
    expect(new Set(sessions).size).toBe(names.length);
    expect(sessionOf('Ana María').name).toMatch(/^Ana-Mar-a-[0-9a-f]{8}$/);
  });
});

it('what was used last is kept, and no more than allowed', () => {
  const made: string[] = [];
  const recent = createRecent(2, (key) => {
    made.push(key);
    return { key };
  });
  const first = recent('a');
  recent('b');
  expect(recent('a')).toBe(first);
  recent('c');
  expect(recent('a')).toBe(first);
  recent('b');
  expect(made).toEqual(['a', 'b', 'c', 'b']);
});
