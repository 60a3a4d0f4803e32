import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/changes.js';
import { judge, type Received } from './verdict.js';

const change = (id: string, version: string, more: object = {}): Change =>
  ({
    id,
    type: 'VERSION_STATUS',
    registryId: 'a',
    model: { registryId: 'a', name: 'm' },
    version,
    previousStatus: null,
    status: 'APPROVED',
    ...more,
  }) as Change;

const TOLD = [change('1', '1'), change('2', '2'), change('3', '1'), change('4', '1')];
const TRUTH = new Map([['a/m/1', 'APPROVED']]);
const heard = (ids: readonly string[], more: Partial<Received> = {}): Received => ({
  name: 'x',
  ids,
  gaps: [],
  statuses: new Map([['a/m/1', 'APPROVED']]),
  ...more,
});

describe('the verdict of the proof', () => {
  it('finds nothing in what is whole', () => {
    expect(judge([heard(['1', '2', '3', '4'])], TOLD, TRUTH, [])).toMatchObject({
      lost: 0,
      doubled: 0,
      outOfOrder: 0,
      gaps: 0,
      wrongAtTheEnd: 0,
    });
    // Order counts for each version alone.
    expect(judge([heard(['2', '1', '3', '4'])], TOLD, TRUTH, []).outOfOrder).toBe(0);
  });

  it.each([
    ['lost', heard(['1', '2', '4'])],
    ['doubled', heard(['1', '2', '3', '3', '4'])],
    ['outOfOrder', heard(['1', '2', '4', '3'])],
    ['gaps', heard(['1', '2', '3', '4'], { gaps: ['TRIMMED'] })],
    ['wrongAtTheEnd', heard(['1', '2', '3', '4'], { statuses: new Map([['a/m/1', 'REJECTED']]) })],
    ['wrongAtTheEnd', heard(['1', '2', '3', '4'], { statuses: new Map([['a/m/9', 'PENDING']]) })],
  ] as const)('counts what is %s', (name, received) => {
    expect(judge([received], TOLD, TRUTH, [])[name]).toBe(1);
  });

  it('misses writes that nothing tells of', () => {
    const told = [...TOLD, change('5', '1', { type: 'APPROVAL_RECORDED', approvalId: 'approval:known' })];
    const writes = [
      { kind: 'DECIDED', approvalId: 'approval:known' },
      { kind: 'DECIDED', approvalId: 'approval:unknown' },
      { kind: 'REGISTERED', versionId: 'a/m/7' },
    ] as const;
    expect(judge([], told, TRUTH, writes)).toMatchObject({ writes: 3, untoldWrites: 2 });
  });
});
