import { describe, expect, it } from 'vitest';
import type { RegistryEntry } from '../../../src/catalog/entry.js';
import { createVisibility, narrow } from '../../../src/catalog/visibility.js';
import type { Caller, Grant } from '../../../src/domain/access.js';
import { memoryRegistryOf } from '../../support/gateway.js';

const entries = ['a', 'b', 'c'].map(
  (id): RegistryEntry => ({
    id,
    displayName: id,
    labels: [],
    adapter: memoryRegistryOf(id).adapter,
    health: () => ({ status: 'UP', checkedAt: null, lastSuccessAt: null, latencyMs: null, problem: null }),
  }),
);

function callerWith(...grants: readonly Omit<Grant, 'source'>[]): Caller {
  const actor = { name: 'ana@example.com', kind: 'USER', nativeId: 'i#ana' } as const;
  return { actor, groups: [], grants: grants.map((grant) => ({ ...grant, source: 'access.grants[0]' })) };
}

const seen = (...grants: readonly Omit<Grant, 'source'>[]) => createVisibility(entries, callerWith(...grants));

describe('what a caller sees', () => {
  it('is nothing without a grant', () => {
    const visibility = seen();
    expect(visibility.registries).toEqual([]);
    expect(visibility.registry('a')).toBeUndefined();
    expect(visibility.sees({ registryId: 'a', name: 'm' })).toBe(false);
  });

  it('is what any grant of any role covers, in the order of the config', () => {
    const visibility = seen(
      { role: 'APPROVER', registryIds: ['c'], modelName: 'churn-*' },
      { role: 'CONTRIBUTOR', registryIds: ['c'], modelName: '*-uplift' },
      { role: 'VIEWER', registryIds: ['a'] },
    );
    expect(visibility.registries.map(({ id }) => id)).toEqual(['a', 'c']);
    const sees = (registryId: string, name: string) => visibility.sees({ registryId, name });
    expect([sees('a', 'x'), sees('b', 'churn-1'), sees('c', 'Churn-1'), sees('c', 'x-uplift'), sees('c', 'x')]).toEqual(
      [true, false, true, true, false],
    );
    expect([visibility.namesIn('a'), visibility.namesIn('c')]).toEqual([null, ['*-uplift', 'churn-*']]);
  });

  it('is all of a registry where one grant says so, whatever others say', () => {
    expect(seen({ role: 'APPROVER', modelName: 'x' }, { role: 'VIEWER', registryIds: ['b'] }).namesIn('b')).toBeNull();
  });

  it('is of no registry that is not configured', () => {
    expect(seen({ role: 'ADMIN' }).sees({ registryId: 'z', name: 'm' })).toBe(false);
    expect(seen({ role: 'ADMIN' }).registry('z')).toBeUndefined();
  });

  it('has one fingerprint for those who see the same', () => {
    const print = (...grants: readonly Omit<Grant, 'source'>[]) => JSON.stringify(seen(...grants).fingerprint);
    expect(print({ role: 'VIEWER', registryIds: ['a', 'b'] })).toBe(print({ role: 'ADMIN', registryIds: ['b', 'a'] }));
    const differing = [
      print(),
      print({ role: 'VIEWER' }),
      print({ role: 'VIEWER', registryIds: ['a'] }),
      print({ role: 'VIEWER', registryIds: ['a'], modelName: 'x' }),
      print({ role: 'VIEWER', modelName: 'x' }),
      print({ role: 'VIEWER', modelName: 'x' }, { role: 'VIEWER', modelName: 'y' }),
    ];
    expect(new Set(differing).size).toBe(differing.length);
  });
});

describe('a filter that hides what is invisible', () => {
  it('is left to the registry only where that is exact', () => {
    expect(narrow({}, 'name', null, false)).toEqual({ filter: {}, hidesAll: true });
    expect(narrow({}, 'name', ['x-*'], true)).toEqual({ filter: { name: { matches: 'x-*' } }, hidesAll: true });
    expect(narrow({}, 'name', ['x-*'], false)).toEqual({ filter: {}, hidesAll: false });
    expect(narrow({}, 'name', ['x-*', 'y-*'], true)).toEqual({ filter: {}, hidesAll: false });
    const own = { name: { contains: 'a' } };
    expect(narrow(own, 'name', ['x-*'], true)).toEqual({ filter: own, hidesAll: false });
  });
});
