import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTOR_KEY, DECISION_KEY, readMark, writeMark } from '../../../adapters/sagemaker/mark.js';
import type { DecisionMark } from '../../../src/domain/model.js';

const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u;
const mark: DecisionMark = {
  id: `12.${'0a1b2c3d'.repeat(8)}`,
  status: 'APPROVED',
  actor: 'https://issuer.example.com#ana',
  at: '2026-11-20T08:15:30.250Z',
  comment: 'AUC is fine',
};
const withActor = (actor: string | null): DecisionMark => ({ ...mark, actor });

describe('the mark of a decision', () => {
  it('is text that customer metadata takes', () => {
    expect(writeMark(mark)).toEqual({
      [DECISION_KEY]: `1 ${mark.id} APPROVED 2026-11-20T08:15:30.250Z`,
      [ACTOR_KEY]: 'https://issuer.example.com=23ana',
    });
  });

  it.each(['PENDING', 'APPROVED', 'REJECTED'] as const)('reads back as it was, %s', (status) => {
    const written = { ...mark, status };
    expect(readMark(writeMark(written), mark.comment)).toEqual(written);
  });

  it('holds every name that fits, whatever its characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), (actor) => {
        const written = writeMark(withActor(actor));
        // Too long for the metadata: the case of its own below.
        fc.pre(!written[ACTOR_KEY]?.endsWith('=E2=80=A6'));
        expect(written[ACTOR_KEY]).toMatch(VALUE);
        expect(readMark(written, mark.comment)).toEqual(withActor(actor));
      }),
    );
  });

  it('keeps apart what an escape could be taken for', () => {
    for (const actor of ['a=23', 'a#', '=', '==', '=3D', 'ü=C3=BC', '😀', 'é', 'a\u0301'])
      expect(readMark(writeMark(withActor(actor)), mark.comment)?.actor).toBe(actor);
  });

  it.each(['x'.repeat(257), '#'.repeat(200), '😀'.repeat(100)])(
    'cuts a long name between characters and says so',
    (actor) => {
      const written = writeMark(withActor(actor));
      expect(written[ACTOR_KEY]).toMatch(VALUE);
      const read = readMark(written, null)?.actor ?? '';
      expect(read.endsWith('…')).toBe(true);
      expect(actor.startsWith(read.slice(0, -1))).toBe(true);
      expect(read.length).toBeGreaterThan(20);
    },
  );

  it('has no actor where nobody is known', () => {
    for (const actor of [null, '']) expect(Object.keys(writeMark(withActor(actor)))).toEqual([DECISION_KEY]);
    expect(readMark(writeMark(withActor(null)), null)).toMatchObject({ actor: null, comment: null });
  });

  it.each([
    undefined,
    '',
    'approved',
    '2 1.abc APPROVED 2026-11-20T08:15:30.250Z',
    '1 1.abc approved 2026-11-20T08:15:30.250Z',
    '1 1.abc DONE 2026-11-20T08:15:30.250Z',
    '1 1.abc APPROVED yesterday',
    '1 1.abc APPROVED 2026-11-20',
    '1 1.abc APPROVED 2026-11-20T08:15:30.250+01:00',
    '1 1.abc APPROVED',
    '1 1.abc APPROVED 2026-11-20T08:15:30.250Z more',
  ])('is none in %j', (value) => {
    expect(readMark(value === undefined ? {} : { [DECISION_KEY]: value }, null)).toBeNull();
  });
});
