import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createListCursors } from '../../../src/catalog/list-cursor.js';
import { InvalidInputError } from '../../../src/domain/errors.js';
import { newEpoch } from '../../../src/journal/epoch.js';
import { BEGINNING } from '../../../src/journal/journal.js';
import { createJournalCursors } from '../../../src/journal/journal-cursor.js';

const OLD = 'the-old-secret-of-at-least-32-characters';
const NEW = 'the-new-secret-of-at-least-32-characters';
const cursors = createJournalCursors([NEW]);
const place = { epoch: newEpoch(), position: '1795176930250-3' };

describe('journal cursors', () => {
  it('name a place, in one spelling that fits in a URL', () => {
    const cursor = cursors.encode(place);
    expect(cursor).toMatch(/^[\w-]{1,80}$/);
    expect(cursors.decode(cursor)).toEqual(place);
    expect(createJournalCursors([NEW]).encode(place)).toBe(cursor);
    const beginning = { epoch: place.epoch, position: BEGINNING };
    expect(cursors.decode(cursors.encode(beginning))).toEqual(beginning);
  });

  it('name any place there is', () => {
    const anywhere = fc.record({
      epoch: fc.constant(0).map(newEpoch),
      position: fc.tuple(fc.nat(4_000_000_000_000), fc.nat()).map(([ms, sequence]) => `${ms}-${sequence}`),
    });
    fc.assert(
      fc.property(anywhere, (each) => {
        expect(cursors.decode(cursors.encode(each))).toEqual(each);
      }),
    );
  });

  it('are signed by the first secret and verified by all', () => {
    const before = createJournalCursors([OLD]).encode(place);
    const both = createJournalCursors([NEW, OLD]);
    expect(both.decode(before)).toEqual(place);
    expect(both.encode(place)).toBe(cursors.encode(place));
    expect(both.encode(place)).not.toBe(before);
  });

  it('are known as retired once their secret is none of ours', () => {
    expect(cursors.decode(createJournalCursors([OLD]).encode(place))).toBe('RETIRED');
  });

  it('are refused with any character changed', () => {
    const cursor = cursors.encode(place);
    for (let at = 0; at < cursor.length; at += 1) {
      const changed = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`;
      // The first characters name the key, and another one is nobody's.
      if (at < 5) expect(cursors.decode(changed)).toBe('RETIRED');
      else expect(isRefused(changed), `character ${at}`).toBe(true);
    }
  });

  it.each([
    ['nothing', ''],
    ['a word', 'hello'],
    ['a position', '1795176930250-3'],
    ['padding', `${cursors.encode(place)}=`],
    ['a space in front', ` ${cursors.encode(place)}`],
    ['the end cut off', cursors.encode(place).slice(0, -1)],
    ['something added', `${cursors.encode(place)}AAAA`],
    ['a megabyte', 'A'.repeat(1_000_000)],
    ['what is no base64', '\u0000\ud800模'],
    ['of a list', createListCursors([NEW], { put: (text) => text, get: (text) => text }).encode('list', listPlace())],
  ])('refuse %s', (_, cursor) => {
    expect(() => cursors.decode(cursor)).toThrow(InvalidInputError);
    expect(() => cursors.decode(cursor)).toThrow(/not a cursor of changes/);
  });

  it('need a secret', () => {
    expect(() => createJournalCursors([])).toThrow(/secret/);
  });
});

function listPlace() {
  return { backward: false, at: undefined, sources: new Map() };
}

function isRefused(cursor: string): boolean {
  try {
    cursors.decode(cursor);
    return false;
  } catch (error) {
    return error instanceof InvalidInputError;
  }
}
